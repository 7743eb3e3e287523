"""`python -m emulators.linear`: serve the emulated Linear until SIGTERM, announcing itself by one line of JSON."""

from __future__ import annotations

import argparse
import secrets
import sys

from emulators.linear.app import Emulator
from emulators.plays.command import announce_and_serve


def main() -> int:
    """2 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m emulators.linear", description="Linear's MCP server, at /mcp.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port (default)")
    parser.add_argument("--api-key", help="the key to accept (default: a new one)")
    arguments = parser.parse_args()
    api_key = arguments.api_key or f"lin_api_{secrets.token_urlsafe(30)}"
    app = Emulator(api_key).app()
    return announce_and_serve(
        parser.prog, app, arguments.host, arguments.port, lambda url: {"LINEAR_URL": f"{url}/mcp", "LINEAR_API_KEY": api_key}
    )


if __name__ == "__main__":
    sys.exit(main())
