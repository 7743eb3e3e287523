"""`python -m emulators.anthropic`: serve the emulated Anthropic until SIGTERM, announcing itself by one line of JSON."""

from __future__ import annotations

import sys

from emulators.anthropic.app import Emulator
from emulators.plays.command import serve

if __name__ == "__main__":
    sys.exit(
        serve(
            "python -m emulators.anthropic",
            "An Anthropic API whose model follows a play.",
            lambda api_key, plays: Emulator(api_key, plays).app(),
            ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
        )
    )
