"""Reads and writes one file in a folder that the agent can write to, without ever going through a link.

Every step of a path is opened relative to the one before and with O_NOFOLLOW, so a link that is put in place between two
steps is refused by the kernel and not by a check that came too early. These functions block: call them in a thread.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.protocol import SandboxError

# Folders made on the way to a file: for the sandbox's own user alone.
FOLDER_MODE = 0o700


def read(folder: Path, parts: Sequence[str], max_bytes: int) -> bytes:
    """The bytes of the regular file `parts` below `folder`. FileNotFoundError; SandboxError for anything else in its place."""
    shown = "/".join(parts)
    with _opened_parent(folder, parts, make=False) as parent:
        try:
            # O_NONBLOCK: a pipe in the file's place would otherwise wait for a writer for ever.
            descriptor = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise SandboxError(f"{shown} can't be read: {_reason(error)}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise SandboxError(f"{shown} is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        data = b"" if status.st_size > max_bytes else file.read(max_bytes + 1)
        if status.st_size > max_bytes or len(data) > max_bytes:
            raise SandboxError(f"{shown} is larger than the {max_bytes} bytes that may be read")
        return data


def write(folder: Path, parts: Sequence[str], data: bytes, mode: int) -> None:
    """Put `data` at `parts` below `folder`, whole or not at all: a new file takes the old one's place, link or not."""
    shown = "/".join(parts)
    with _opened_parent(folder, parts, make=True) as parent:
        temporary = f".{secrets.token_hex(8)}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(temporary, flags, 0o600, dir_fd=parent)
        except OSError as error:
            raise SandboxError(f"{shown} can't be written: {_reason(error)}") from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                os.fchmod(descriptor, mode)
            os.rename(temporary, parts[-1], src_dir_fd=parent, dst_dir_fd=parent)
        except OSError as error:
            os.unlink(temporary, dir_fd=parent)
            raise SandboxError(f"{shown} can't be written: {_reason(error)}") from error


@contextmanager
def _opened_parent(folder: Path, parts: Sequence[str], *, make: bool) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        current = os.open(folder, flags)
    except OSError as error:  # an agent without a sandbox around it can remove or replace even this one
        raise SandboxError(f"{folder.name} is no plain folder any more: {_reason(error)}") from error
    try:
        for depth, part in enumerate(parts[:-1]):
            if make:
                try:
                    os.mkdir(part, FOLDER_MODE, dir_fd=current)
                except FileExistsError:
                    pass  # it is there, which is what was wanted
                except OSError as error:
                    raise SandboxError(f"{'/'.join(parts[: depth + 1])} can't be made: {_reason(error)}") from error
            try:
                following = os.open(part, flags, dir_fd=current)
            except FileNotFoundError:
                raise
            except OSError as error:
                raise SandboxError(f"{'/'.join(parts[: depth + 1])} is not a plain folder: {_reason(error)}") from error
            os.close(current)
            current = following
        yield current
    finally:
        os.close(current)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
