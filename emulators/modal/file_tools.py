"""The emulator's own `modal-sandbox-fs-tools`: the program behind the SDK's `Sandbox.filesystem`.

Run as a script with nothing of the project on its path: `file_tools.py chroot|prefix ROOT JSON`. One JSON operation comes in
by argument (contents by standard input); the answer goes to standard output, a refusal as JSON to standard error with
exit code 1. The shapes are those of `modal._utils.sandbox_fs_utils` in SDK 1.6.
"""

import errno
import grp
import json
import os
import pwd
import select
import shutil
import stat
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

_COPY_BYTES = 256 * 1024
_WATCH_INTERVAL_SECONDS = 0.05


def refuse(kind: str, message: str) -> NoReturn:
    sys.stderr.write(json.dumps({"version": 1, "error_kind": kind, "message": message}))
    sys.stderr.flush()
    os._exit(1)


def name_of(look_up: Callable[[int], Any], number: int) -> str:
    try:
        return str(look_up(number)[0])
    except KeyError:
        return str(number)


def describe(path: str, shown_as: str) -> dict[str, Any]:
    facts = os.lstat(path)
    kind = "symlink" if stat.S_ISLNK(facts.st_mode) else "directory" if stat.S_ISDIR(facts.st_mode) else "file"
    entry = {
        "name": os.path.basename(shown_as) or "/",
        "path": shown_as,
        "type": kind,
        "size": facts.st_size,
        "mode": facts.st_mode,
        "permissions": f"{stat.S_IMODE(facts.st_mode):04o}",
        "owner": name_of(pwd.getpwuid, facts.st_uid),
        "group": name_of(grp.getgrgid, facts.st_gid),
        "modified_time": facts.st_mtime,
    }
    if kind == "symlink":
        entry["symlink_target"] = os.readlink(path)
    return entry


def read_file(path: str, _: dict[str, Any]) -> None:
    if os.path.isdir(path):
        refuse("IsDirectory", "path is a directory")
    with open(path, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer, _COPY_BYTES)


def write_file(path: str, _: dict[str, Any]) -> None:
    if os.path.isdir(path):
        refuse("IsDirectory", "path is a directory")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except FileExistsError:
        refuse("NotDirectory", "a parent of the path is not a directory")
    partial = f"{path}.modal-{os.getpid()}"
    with open(partial, "wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, _COPY_BYTES)
    if os.path.exists(path):
        shutil.copymode(path, partial)
    os.replace(partial, path)


def list_files(path: str, asked: dict[str, Any]) -> None:
    if not os.path.isdir(path):
        refuse("NotDirectory" if os.path.lexists(path) else "NotFound", "path is not a directory")
    names = sorted(os.listdir(path))
    print(json.dumps([describe(os.path.join(path, name), os.path.join(asked["path"], name)) for name in names]))


def stat_file(path: str, asked: dict[str, Any]) -> None:
    print(json.dumps(describe(path, asked["path"])))


def make_directory(path: str, asked: dict[str, Any]) -> None:
    try:
        if asked["parents"]:
            os.makedirs(path, exist_ok=True)
        else:
            os.mkdir(path)
    except FileExistsError:
        refuse("PathAlreadyExists", "path already exists")


def remove(path: str, asked: dict[str, Any]) -> None:
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
    elif asked["recursive"]:
        shutil.rmtree(path)
    else:
        os.rmdir(path)


def watch(path: str, asked: dict[str, Any]) -> None:
    """Report changes until standard input ends or the time is up, by looking again and again."""
    ends = time.monotonic() + asked["timeout_secs"] if asked["timeout_secs"] else None
    before = look(path, asked["recursive"])
    while ends is None or time.monotonic() < ends:
        if select.select([0], [], [], _WATCH_INTERVAL_SECONDS)[0] and not os.read(0, 1):
            return
        now = look(path, asked["recursive"])
        changes = [("Create", name) for name in now if name not in before]
        changes += [("Remove", name) for name in before if name not in now]
        changes += [("Modify", name) for name in now if name in before and before[name] != now[name]]
        for kind, name in changes:
            if asked["filter"] is None or kind in asked["filter"]:
                shown_as = asked["path"] + name.removeprefix(path)
                print(json.dumps({"event_type": kind, "paths": [shown_as]}), flush=True)
        before = now


def look(path: str, recursive: bool) -> dict[str, tuple[int, int]]:
    """Time and size of every file, zeros for folders."""
    seen: dict[str, tuple[int, int]] = {}
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = os.path.join(folder, name)
            try:
                facts = os.lstat(entry)
            except FileNotFoundError:
                continue
            seen[entry] = (0, 0) if stat.S_ISDIR(facts.st_mode) else (facts.st_mtime_ns, facts.st_size)
        if not recursive:
            break
    return seen


OPERATIONS: dict[str, Callable[[str, dict[str, Any]], None]] = {
    "ReadFile": read_file,
    "WriteFile": write_file,
    "ListFiles": list_files,
    "Stat": stat_file,
    "MakeDirectory": make_directory,
    "Remove": remove,
    "Watch": watch,
}


def main(how: str, root: str, request: str) -> None:
    [(operation, asked)] = json.loads(request).items()
    path = asked["path"]
    if how == "chroot":
        pwd.getpwuid(0)  # loads the C library's name service before the root that has it is left
        os.chroot(root)
        os.chdir("/")
    else:
        path = root + path
    try:
        OPERATIONS[operation](path, asked)
        sys.stdout.flush()
    except FileNotFoundError:
        refuse("NotFound", "path does not exist")
    except NotADirectoryError:
        refuse("NotDirectory", "a parent of the path is not a directory")
    except PermissionError:
        refuse("PermissionDenied", "permission denied")
    except OSError as error:
        refuse("DirectoryNotEmpty" if error.errno == errno.ENOTEMPTY else "Other", str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
