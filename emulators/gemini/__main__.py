"""`python -m emulators.gemini`: serve the emulated Gemini until SIGTERM, announcing itself by one line of JSON."""

from __future__ import annotations

import sys

from emulators.gemini.app import Emulator
from emulators.plays.command import serve

if __name__ == "__main__":
    sys.exit(
        serve(
            "python -m emulators.gemini",
            "A Gemini API whose model follows a play.",
            lambda api_key, plays: Emulator(api_key, plays).app(),
            ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY"),
        )
    )
