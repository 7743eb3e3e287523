"""How one emulated Modal is set up; the command line fills this in and nothing else reads the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# What an image build may not run here: there is no package registry behind the emulator, and the host's own packages
# stand in for what these would install.
PACKAGE_MANAGERS = r"\bapt-get\b|\bapt\b|\bpip3?\b|\buv\b|\bnpm\b|\bcurl\b|\bwget\b"


@dataclass(frozen=True)
class Shown:
    """A path of this computer that sandboxes see, read-only, at `target`."""

    source: Path
    target: str


@dataclass
class Settings:
    """`auth_seconds` and `router_seconds` are how long the two signed tokens live, by a clock that is `clock_ahead_seconds`
    ahead of its callers'; `stats_seconds` is how long after a sandbox's end its cost is told. All can be changed while it
    runs."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 0
    token_id: str = "ak-emulated"  # noqa: S105 - a name
    token_secret: str = "as-emulated"  # noqa: S105 - the emulator's own, worth nothing elsewhere
    auth_seconds: float = 1200.0
    router_seconds: float = 600.0
    clock_ahead_seconds: float = 0.0
    max_sandboxes: int = 200
    stats_seconds: float = 0.0
    shown: tuple[Shown, ...] = ()
    skip_run: str = PACKAGE_MANAGERS
    plain: bool = False
