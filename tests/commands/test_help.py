"""`harvest --help`, which answers at once because it loads nothing that only the service needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("dbos", "githubkit", "httpx", "modal", "pydantic_settings", "sqlalchemy", "starlette", "structlog")

LOADED = f"""
import sys
from github_app.operator.cli import main
sys.argv[0] = "harvest"
try:
    main()
finally:
    print(*sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--help"), ("doctor", "--help")])
def test_help_loads_nothing_that_only_the_service_needs(arguments: tuple[str, ...]) -> None:
    ended = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True)

    assert "Usage: harvest" in ended.stdout
    assert ended.stderr.split() == []
