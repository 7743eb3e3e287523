"""A host that no sandbox reaches, and an agent that asks it."""

from __future__ import annotations

# Nobody's: on a machine with a network it does not resolve either.
NOBODYS = "blocked.harvest-tests.dev"

ASK_NOBODY = f"""python3 -c "import urllib.request; urllib.request.urlopen('https://{NOBODYS}/', timeout=5)" || true\n"""
