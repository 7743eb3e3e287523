"""Leaves a sound repository in a workspace, configured by Harvest alone. Runs in the sandbox by itself, with Python's own
library and git.

An earlier agent may have written to all of it, and much in a `.git` folder runs programs or changes what git shows: its
configuration and hooks, other places for objects, attributes, grafts and replaced objects, work begun that goes on with
commands, an index that hides changes. So of that folder the commits come along, their names and their logs; everything else
is removed and made anew. A repository with a link or a pipe in it, or without a commit at HEAD, is set aside whole.

Takes JSON on stdin: `workspace`; `config`, the text of `.git/config`, and `partial`, what is added to it for a clone that
lacks contents; `exclude`, the text of `.git/info/exclude` (a character for a byte), null to leave what is there; `refs`,
which ones will be written; `anew`, whether what is there is known to be damaged. Prints a line as soon as nothing configures
git any more but what it was given, and JSON as its last one: `new`, whether it is a new repository; `aside`, the folder with
what stood in its way, "" if that was nothing or a bare `.git`; `exclude`.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

# What stands in a repository's folder and can't configure git. https://git-scm.com/docs/gitrepository-layout
FILES = ("HEAD", "packed-refs", "shallow")
FOLDERS = ("objects", "refs", "logs")
# What was set aside before: files for people and agents to look at.
ASIDE = "harvest-kept"
# `refs/replace` and the like change what the commits' names stand for.
REFS = ("refs/heads/", "refs/tags/", "refs/remotes/", "refs/harvest/", "refs/stash")

EXCLUDE = ".git/info/exclude"
MAX_EXCLUDE_BYTES = 256 * 1024
SUBMODULE = b"160000"


def main() -> None:
    given = json.load(sys.stdin)
    os.makedirs(given["workspace"], exist_ok=True)
    os.chdir(given["workspace"])
    exclude = kept_exclude() if given["exclude"] is None else given["exclude"]
    aside = ""
    is_new = given["anew"] or not (is_plain(".git", stat.S_ISDIR) and could_be_made_sound(given, exclude))
    if is_new:
        aside = set_up_anew(given, exclude)
    json.dump({"new": is_new, "aside": aside, "exclude": exclude}, sys.stdout)


def could_be_made_sound(given: dict[str, Any], exclude: str) -> bool:
    try:
        return made_sound(given, exclude)
    except RecursionError:  # folders that lie deeper in each other than Python can call itself
        return False


def made_sound(given: dict[str, Any], exclude: str) -> bool:
    """Whether what is there is a repository with a commit, once it is cleaned."""
    for name in os.listdir(".git"):
        kind = stat.S_ISREG if name in FILES else stat.S_ISDIR if name in (*FOLDERS, ASIDE) else None
        if kind is None or not is_plain(f".git/{name}", kind):
            remove(f".git/{name}")
    remove(".git/objects/info")
    if not all(holds_files_alone(f".git/{name}") for name in FOLDERS):
        return False
    remove_locks()
    partial = any(name.endswith(".promisor") for name in listed(".git/objects/pack"))
    configure(given["config"] + (given["partial"] if partial else ""), exclude)
    if git("rev-parse", "--quiet", "--verify", "HEAD^{commit}").returncode != 0:
        return False
    names = git("for-each-ref", "--format=%(refname)").stdout.splitlines()
    if any(stands_in_the_way(name.decode(errors="replace"), given["refs"]) for name in names):
        return False
    strange = [b"delete " + name for name in names if not name.startswith(tuple(ref.encode() for ref in REFS))]
    if git("update-ref", "--stdin", stdin=b"".join(line + b"\n" for line in strange)).returncode != 0:
        return False
    remove_what_git_falls_for()
    if git("read-tree", "HEAD").returncode != 0:
        return False
    empty_submodules()
    git("update-index", "-q", "--refresh")  # its exit code says whether something was changed
    return True


def stands_in_the_way(name: str, refs: list[str]) -> bool:
    """Git has no ref below another one."""
    return any(ref.startswith(f"{name}/") or name.startswith(f"{ref}/") for ref in refs)


def configure(config: str, exclude: str) -> None:
    os.makedirs(".git/info", exist_ok=True)
    for path, text, encoding in ((".git/config", config, "utf-8"), (EXCLUDE, exclude, "latin-1")):
        with open(path, "w", encoding=encoding) as file:
            file.write(text)
    print("configured", flush=True)


def remove_locks() -> None:
    """Whoever held one is gone: a git that was killed half-way leaves it, and no other gets past it. No ref is called so."""
    there = [os.path.join(parent, name) for parent, folders, files in os.walk(".git/refs") for name in folders + files]
    for path in there:
        if path.endswith(".lock"):
            remove(path)


def remove_what_git_falls_for() -> None:
    """Into repositories inside it goes by itself, with the configuration that it finds there. A pipe in the place of a file
    that it reads (`.gitignore` and the like) it would wait at for ever."""
    repositories, pipes = ("-name", ".git", "-print0", "-prune"), ("-name", ".git?*", "-type", "p", "-print0")
    look = ("find", ".", "-path", "./.git", "-prune", "-o", *repositories, "-o", *pipes)
    found = subprocess.run(look, stdout=subprocess.PIPE, check=False)
    for path in filter(None, found.stdout.split(b"\0")):
        remove(os.fsdecode(path))


def empty_submodules() -> None:
    """git looks at nothing in their folders, which are empty in a clone of ours."""
    here = os.path.realpath(".")
    for entry in git("ls-files", "--stage", "-z").stdout.split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        path = os.fsdecode(name)
        if facts.startswith(SUBMODULE) and os.path.realpath(path) == os.path.join(here, path) and os.path.isdir(path):
            for inside in os.listdir(path):
                remove(os.path.join(path, inside))


def set_up_anew(given: dict[str, Any], exclude: str) -> str:
    """Gives the folder in which what was there is kept."""
    in_the_way = os.listdir(".")
    word = os.urandom(4).hex()
    moved = f".{ASIDE}-{word}"
    if in_the_way:
        os.mkdir(moved, 0o700)
        for name in in_the_way:
            move(name, os.path.join(moved, name))
    if git("init", "--quiet", "--template=", ".").returncode != 0:
        raise SystemExit("git init failed")
    configure(given["config"], exclude)
    if not in_the_way:
        return ""
    place = f".git/{ASIDE}/{word}"
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    os.rename(moved, place)
    return "" if in_the_way == [".git"] else os.path.join(given["workspace"], place)


def move(name: str, to: str) -> None:
    """A folder that a snapshot brought along can't be renamed where sandboxes are overlays, only copied; what can't be copied
    is not kept. https://docs.kernel.org/filesystems/overlayfs.html#renaming-directories"""
    if is_plain(name, stat.S_ISDIR):
        os.chmod(name, 0o700)  # a folder that may not be written to can't be moved
    try:
        os.rename(name, to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        subprocess.run(("mv", "--", name, to), stderr=subprocess.DEVNULL, check=False)
        remove(name)


def kept_exclude() -> str:
    if not is_plain(".git", stat.S_ISDIR) or not is_plain(".git/info", stat.S_ISDIR) or not is_plain(EXCLUDE, stat.S_ISREG):
        return ""
    with open(EXCLUDE, encoding="latin-1") as file:
        return file.read(MAX_EXCLUDE_BYTES).replace("\0", "")


def is_plain(path: str, kind: Callable[[int], bool]) -> bool:
    """Whether it is there and of that kind, which no link is."""
    try:
        return kind(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def holds_files_alone(folder: str) -> bool:
    """And folders with such: a link leads elsewhere, and at a pipe git would wait for ever."""
    there = (os.path.join(parent, name) for parent, folders, files in os.walk(folder) for name in folders + files)
    return all(is_plain(path, lambda mode: stat.S_ISREG(mode) or stat.S_ISDIR(mode)) for path in there)


def listed(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []


def remove(path: str) -> None:
    """Whatever it is, also where its owner has taken his own rights away, or those to its folder; a link itself and not where
    it leads."""
    parent = os.path.dirname(path) or "."
    if os.path.lexists(path) and not os.access(parent, os.W_OK):
        os.chmod(parent, 0o700)
    if not is_plain(path, stat.S_ISDIR):
        if os.path.lexists(path):
            os.unlink(path)
        return
    with suppress(RecursionError):  # as above; `rm` goes down as far as it takes
        shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        subprocess.run(["chmod", "-R", "u+rwX", "--", path], capture_output=True, check=False)
        subprocess.run(["rm", "-rf", "--", path], capture_output=True, check=True)


def git(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], input=stdin, stdout=subprocess.PIPE, check=False)


if __name__ == "__main__":
    main()
