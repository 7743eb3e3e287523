"""Copies of a sandbox's workspace and home, and the removal of folders that an agent wrote to.

All of it blocks: call it in a thread.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from sandbox.local.layout import PRIVATE, replace
from sandbox.protocol import SandboxError, SnapshotGone

HOME = "home"
KEPT = ("workspace", HOME)
MANIFEST = "snapshot.json"
# In a snapshot's folder, beside what it keeps: the same once more, for who starts from it first.
SPARE = "spare"
# Follow-ups come within minutes, or take the time of a copy: a spare one takes up as much of the disk again.
SPARE_SECONDS = 60 * 60
SNAPSHOT_ID = "snap-"
# A file that vanishes while it is copied fails the copy; a workspace that is at rest succeeds at once.
COPY_ATTEMPTS = 3
# A leftover that is being built or removed: no session's folder begins with a dot.
BUILDING, REMOVING = ".building-", ".removing-"
# The home that a sandbox was made with, once that was renewed.
REPLACED_HOME = REMOVING + HOME
# What is still being built after an hour is being built by nobody: 1 GB takes seconds to minutes.
ABANDONED_SECONDS = 60 * 60


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """Written last: a snapshot without it was never finished."""

    version: int
    sandbox: str


def keep(folder: Path, snapshots: Path, sandbox_id: str) -> str:
    """Copy the sandbox at `folder` into a new snapshot; gives its id. Files share their blocks where the disk can do that."""
    snapshot_id = SNAPSHOT_ID + secrets.token_hex(12)
    building = snapshots / (BUILDING + snapshot_id)
    try:
        for attempt in range(1, COPY_ATTEMPTS + 1):
            building.mkdir(mode=PRIVATE)
            refusal = _copy([folder / name for name in KEPT], building)
            if refusal is None:
                break
            remove(building)
            if attempt == COPY_ATTEMPTS:
                raise SandboxError(f"sandbox {sandbox_id} can't be copied into a snapshot: {refusal}")
        replace(building / MANIFEST, msgspec.json.encode(Manifest(version=1, sandbox=sandbox_id)))
        building.rename(snapshots / snapshot_id)
    finally:
        remove(building)
    return snapshot_id


def taken_before(snapshots: Path, before: float) -> list[str]:
    """The ids of those that are older, the oldest first."""
    whole = [(manifest.stat().st_mtime, manifest.parent.name) for manifest in snapshots.glob(f"{SNAPSHOT_ID}*/{MANIFEST}")]
    return [snapshot_id for taken_at, snapshot_id in sorted(whole) if taken_at < before]


def remove_but_spare(folder: Path, snapshots: Path, snapshot_id: str, *, home: str = HOME) -> None:
    """Remove the folder of an ended sandbox, but for what that snapshot is a copy of, with its home under that name: it is
    left to the next sandbox that starts from there. Meanwhile it has a name under which nobody sweeps it away."""
    doomed, building = (place / (BUILDING + secrets.token_hex(12)) for place in (folder.parent, snapshots))
    os.utime(folder)
    folder.rename(doomed)
    try:
        building.mkdir(mode=PRIVATE)
        for name in KEPT:
            (doomed / (home if name == HOME else name)).rename(building / name)
        building.rename(snapshots / snapshot_id / SPARE)
    except OSError:  # the snapshot is forgotten already or has one, a folder of the agent's can't be moved, the disk is full
        remove(building)
    remove(doomed)


def restore(snapshots: Path, snapshot_id: str, folder: Path) -> None:
    """Put a snapshot's workspace and home into `folder`, the spare ones or copies. Raises SnapshotGone when it is missing or
    not whole, and SandboxError when it can't be copied."""
    snapshot = path_of(snapshots, snapshot_id)
    if snapshot is None:
        raise SnapshotGone(f"snapshot {snapshot_id!r} is not there: start from the base instead")
    try:
        msgspec.json.decode((snapshot / MANIFEST).read_bytes(), type=Manifest)
        for name in KEPT:
            os.listdir(snapshot / name)
    except (OSError, msgspec.DecodeError) as error:
        raise SnapshotGone(f"snapshot {snapshot_id} can't be read ({error}): start from the base instead") from error
    if _took_spare(snapshot, folder):
        return
    refusal = _copy([snapshot / name for name in KEPT], folder)
    if refusal is not None:
        raise SandboxError(f"snapshot {snapshot_id} can't be copied: {refusal}")


def _took_spare(snapshot: Path, folder: Path) -> bool:
    """Whether there was one, which `folder` has now: of several who start from it, one gets it."""
    try:
        (snapshot / SPARE).rename(folder / SPARE)
    except FileNotFoundError:
        return False
    for name in KEPT:
        (folder / SPARE / name).rename(folder / name)
    (folder / SPARE).rmdir()
    return True


def renew_home(folder: Path, snapshots: Path, image: str | None) -> None:
    """Put a copy of that snapshot's home in the place of the home in `folder`; an empty one where there is none."""
    image_home = _home_in(snapshots, image)
    building = folder / f"{BUILDING}{HOME}"
    remove(building)
    building.mkdir(mode=PRIVATE)
    if image_home is not None:
        refusal = _copy([image_home], building)
        if refusal is not None and _home_in(snapshots, image) is not None:
            raise SandboxError(f"the home of the image {image} can't be copied: {refusal}")
    (building / HOME).mkdir(mode=PRIVATE, exist_ok=True)
    with suppress(FileNotFoundError):  # a crash came between the two
        first = not (folder / REPLACED_HOME).exists()
        replaced = REPLACED_HOME if first else REMOVING + secrets.token_hex(8)
        (folder / HOME).rename(folder / replaced)  # it goes with the sandbox: nobody waits for that
    (building / HOME).rename(folder / HOME)
    remove(building)


def _home_in(snapshots: Path, snapshot_id: str | None) -> Path | None:
    snapshot = path_of(snapshots, snapshot_id) if snapshot_id is not None else None
    return snapshot / HOME if snapshot is not None and (snapshot / HOME).is_dir() else None


def path_of(snapshots: Path, snapshot_id: str) -> Path | None:
    """A snapshot's folder, or None for an id that is none: never a path that leads elsewhere."""
    word = snapshot_id.removeprefix(SNAPSHOT_ID)
    is_ours = snapshot_id.startswith(SNAPSHOT_ID) and word.isalnum()
    return snapshots / snapshot_id if is_ours and (snapshots / snapshot_id).is_dir() else None


def remove(folder: Path) -> None:
    """Remove a folder whatever the agent made of it; one that is gone is no error.

    It is moved out of the way first, so that nothing half-removed stands under its name.
    """
    doomed = folder if folder.name.startswith((BUILDING, REMOVING)) else folder.with_name(REMOVING + secrets.token_hex(8))
    if doomed is not folder:
        try:
            folder.rename(doomed)
        except FileNotFoundError:
            return
    if _removed(doomed):
        return
    # The agent may have taken away its own right to enter a folder. chmod -R follows no link below the folder it is given.
    subprocess.run(["chmod", "-R", "u+rwX", "--", str(doomed)], capture_output=True, check=False)
    subprocess.run(["rm", "-rf", "--", str(doomed)], capture_output=True, check=False)
    if doomed.exists():
        raise SandboxError(f"{doomed} can't be removed: remove it by hand")


def sweep(folder: Path) -> None:
    """Remove what a crash left half-built or half-removed in `folder`, and what was spare for long."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith(REMOVING) or (path.name.startswith(BUILDING) and _is_older(path, ABANDONED_SECONDS)):
            remove(path)
        elif path.name.startswith(SNAPSHOT_ID) and _is_older(path / SPARE, SPARE_SECONDS):
            doomed = folder / (REMOVING + secrets.token_hex(8))  # in the snapshot no later look would find it
            with suppress(FileNotFoundError):  # somebody was faster
                (path / SPARE).rename(doomed)
                remove(doomed)


def _is_older(folder: Path, seconds: float) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > seconds
    except FileNotFoundError:
        return False  # it was finished meanwhile, taken or removed


def _removed(folder: Path) -> bool:
    """False also where folders lie deeper in each other than Python can call itself: `rm` can."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _copy(sources: list[Path], target: Path) -> str | None:
    """Copy folders with everything that belongs to them, links as links. Gives the reason when it could not be done."""
    command = ["cp", "-a", "--reflink=auto", "--", *map(str, sources), str(target)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return None if done.returncode == 0 else done.stderr.decode(errors="replace").strip()[:500]
