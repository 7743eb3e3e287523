"""Processes of this machine, as tests look for them."""

from __future__ import annotations

from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether this process lives; one that waits to be reaped doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
