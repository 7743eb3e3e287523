"""What of this computer a sandbox sees: its programs, and nothing of its people.

There is no registry behind the emulator, so every image starts from the host's own system folders. All else at the root is
hidden by a layer that lies over it; what a test wants shown is bound on top, read-only.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from emulators.modal.settings import Shown

_SYSTEM = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "opt"}
_EMPTY = (
    "dev",
    "home",
    "mnt",
    "proc",
    "root",
    "run",
    "srv",
    "sys",
    "tmp",
    "var",
    "var/cache",
    "var/lib",
    "var/log",
    "var/tmp",
)
_FOR_EVERYBODY = {"tmp", "var/tmp"}
_INSIDE = "__modal"
_SYSTEM_PYTHONS = ("/usr/bin/python3", "/usr/local/bin/python3")
# https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
_WHITEOUT = os.makedev(0, 0)
_OPAQUE = "trusted.overlay.opaque"


def with_python(shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """What is shown, and this interpreter when the system folders hold none: every Modal image has a Python."""
    if any(os.path.exists(python) for python in _SYSTEM_PYTHONS):
        return tuple(shown)
    prefix = Path(sys.base_prefix)
    return (*shown, Shown(prefix, str(prefix)))


def hide(layer: Path, shown: Sequence[Shown]) -> None:
    """Fill an empty layer so that, over the host's root, it leaves only system folders and the places of what is shown."""
    needed = {entry.target.split("/")[1] for entry in shown}
    for name in set(os.listdir("/")) - _SYSTEM - set(_EMPTY) - needed:
        os.mknod(layer / name, stat.S_IFCHR, _WHITEOUT)
    for name in (*_EMPTY, *(needed - _SYSTEM)):
        _empty_folder(layer / name, 0o1777 if name in _FOR_EVERYBODY else 0o755)
    _empty_folder(layer / _INSIDE, 0o700)
    (layer / _INSIDE / "attached").mkdir()
    for entry in shown:
        place = layer / entry.target.lstrip("/")
        if entry.source.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    if shown and not any(os.path.exists(python) for python in _SYSTEM_PYTHONS):
        link = layer / "usr/local/bin/python3"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path(sys.base_prefix) / "bin/python3")


def _empty_folder(path: Path, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    os.setxattr(path, _OPAQUE, b"y")


def missing_tool() -> str | None:
    """The first program that namespaces need and this computer lacks, or None."""
    for tool in ("unshare", "nsenter", "setpriv", "mount", "umount", "cp"):
        if shutil.which(tool) is None:
            return tool
    return None
