"""Reads or writes files, inside the sandbox. Standard library only: its source is what runs there.

    read PATH MAX_BYTES     the content to standard output
    write USER              the files on standard input, each whole or not at all. Its first line is JSON, a list of
                            {"place", "mode", "of_root", "bytes"}; their contents follow, one after the other

Reading is done as the user whose folder it is. Writing may begin as root: root's own files come first, which USER's group may
read, and from the first of the others on the program is that user for good. So a link of the agent's leads it to nothing that
this user can't reach, and it goes through none. Exit codes: 0, or one of those below with a reason on standard error.
"""

import json
import os
import pwd
import secrets
import shutil
import stat
import sys

ABSENT, REFUSED = 44, 45


class Refused(Exception):
    """The file is not what was asked for; the message says what it is."""


def open_parent(path: str, make: bool, group: int | None = None) -> int:
    """A descriptor of the file's folder, opened step by step without following a link. Missing folders are made, for this
    user alone or also to be passed through by the group."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    folder = os.open("/", flags)
    for part in path.strip("/").split("/")[:-1]:
        made = make and make_folder(part, folder)
        try:
            folder = os.open(part, flags, dir_fd=folder)
        except NotADirectoryError:
            raise Refused(f"{part} is not a plain folder") from None
        if made and group is not None:
            os.fchown(folder, -1, group)
            os.fchmod(folder, 0o750)
    return folder


def make_folder(name: str, parent: int) -> bool:
    """Whether it had to be made."""
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return False
    return True


def read(path: str, max_bytes: int) -> None:
    parent = open_parent(path, make=False)
    try:
        # O_NONBLOCK: a pipe in the file's place would otherwise wait for a writer for ever.
        descriptor = os.open(os.path.basename(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refused(f"it is not a regular file ({error.strerror})") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        raise Refused("it is not a regular file")
    if facts.st_size > max_bytes:
        raise Refused(f"it is larger than the {max_bytes} bytes that may be read")
    with os.fdopen(descriptor, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)


def write_all(user: str) -> None:
    account = pwd.getpwnam(user)
    for file in json.loads(sys.stdin.buffer.readline()):
        if not file["of_root"] and os.geteuid() == 0:
            become(account)
        content = sys.stdin.buffer.read(file["bytes"])
        if len(content) < file["bytes"]:
            raise Refused("it was cut off on its way here")
        try:
            write(file["place"], content, file["mode"], account.pw_gid if file["of_root"] else None)
        except (OSError, Refused) as error:
            raise Refused(f"{os.path.basename(file['place'])}: {getattr(error, 'strerror', None) or error}") from None


def become(account: pwd.struct_passwd) -> None:
    """Give up root, for good."""
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def write(path: str, content: bytes, mode: int, group: int | None) -> None:
    parent = open_parent(path, make=True, group=group)
    partial = f".{secrets.token_hex(8)}.new"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if group is not None:
                os.fchown(descriptor, -1, group)
                mode |= (mode & 0o500) >> 3
            os.fchmod(descriptor, mode)
        os.rename(partial, os.path.basename(path), src_dir_fd=parent, dst_dir_fd=parent)
    except OSError:
        os.unlink(partial, dir_fd=parent)
        raise


def main(operation: str, *arguments: str) -> int:
    try:
        if operation == "read":
            read(arguments[0], int(arguments[1]))
        else:
            write_all(arguments[0])
    except FileNotFoundError as error:
        print(error.strerror, file=sys.stderr)
        return ABSENT
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(error.strerror, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
