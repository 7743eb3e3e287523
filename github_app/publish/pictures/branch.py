"""The branch of a repository that has the pictures in its pull requests, a folder for each job.

It is one commit without a parent, made anew by each push: so the repository never keeps more than what is on it now, and what
is on it is bounded. It has nothing in common with the code, no workflow included. The lease of a push decides between two at
the same time; who comes second builds on what the first one made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from github_app.publish.push import Moved, Pushed, PushRefused, Unreachable, push, where_it_stands
from github_app.publish.vet.clean_git import CleanGit, Remote
from sandbox.git import Identity, branch_ref

BRANCH = "harvest-artifacts"
SUBJECT = "Pictures in pull requests"
README = """\
# Pictures in pull requests

Harvest's agents attached them to their work. This branch has no history: each push makes it anew, and leaves out the oldest
folders where all of them come to more than 50 MB. Nothing needs it but the pull requests that show them.
"""

# Who clones the repository gets all of it.
MAX_BYTES = 50 * 1024 * 1024

# Each is lost to another job's push that came first.
TRIES = 8


class NotTaken(Exception):
    """The pictures are not on the branch; the message says why, and what to do."""


@dataclass(frozen=True)
class NewPicture:
    """A file, and what it is to be called in the job's folder."""

    name: str
    file: Path


@dataclass(frozen=True)
class Folder:
    """A job's folder on the branch: its tree, and how much is in it."""

    name: str
    tree: str
    size_bytes: int


async def push_pictures(
    scratch: Path, remote: Remote, folder: str, pictures: Sequence[NewPicture], identity: Identity
) -> None:
    """Have the branch show these in that folder; what is there already is left as it is. `scratch` is where git may work, and
    is not there yet. Raises NotTaken, GitFailed."""
    clean = await CleanGit.create(scratch)
    new = await written(clean, folder, pictures)
    said = "others pushed to it at the same time"
    for _ in range(TRIES):
        tip = await fetched(clean, remote)
        there = [] if tip is None else await folders_at(clean, tip)
        if new in there:
            return
        commit = await committed(clean, fitting(there, new), identity)
        match await push(scratch, remote, commit, BRANCH, tip):
            case Pushed():
                return
            case Moved():
                continue
            case PushRefused(_, sentence) | Unreachable(sentence):
                said = sentence
            case _:
                said = "GitHub did not take them"
        break
    raise NotTaken(f"the branch `{BRANCH}` could not be pushed: {said}")


async def written(clean: CleanGit, folder: str, pictures: Sequence[NewPicture]) -> Folder:
    """The job's folder, as git's objects."""
    lines, size = [], 0
    for picture in pictures:
        blob = (await clean.run("hash-object", "-w", "--no-filters", "--", str(picture.file))).stdout.decode().strip()
        lines.append(f"100644 blob {blob}\t{picture.name}\n")
        size += picture.file.stat().st_size
    return Folder(folder, await tree_of(clean, lines), size)


async def tree_of(clean: CleanGit, lines: Sequence[str]) -> str:
    return (await clean.run("mktree", stdin="".join(lines).encode())).stdout.decode().strip()


async def fetched(clean: CleanGit, remote: Remote) -> str | None:
    """The branch's commit, which is here then; None when there is no branch. Raises NotTaken for somebody else's branch."""
    ref = branch_ref(BRANCH)
    listed = await clean.run("ls-remote", "--", remote.url, ref, remote=remote, accept=(0, 128))
    if listed.exit_code != 0:
        raise NotTaken(f"GitHub could not be asked for the branch `{BRANCH}` ({listed.stderr[-200:]})")
    tip = where_it_stands(listed.stdout.decode("utf-8", "replace"), BRANCH)
    if tip is None:
        return None
    options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    await clean.run("fetch", *options, "--", remote.url, tip, remote=remote)
    # As it was written: where history is cut off, git would show no parents.
    commit = (await clean.run("cat-file", "commit", tip)).stdout.decode("utf-8", "replace")
    head, _, message = commit.partition("\n\n")
    if "\nparent " in head or not message.startswith(SUBJECT):
        raise NotTaken(f"the branch `{BRANCH}` is somebody else's: rename it, or set `screenshots: false`")
    return tip


async def folders_at(clean: CleanGit, tip: str) -> list[Folder]:
    """The jobs' folders on the branch, the oldest first."""
    listed = (await clean.run("ls-tree", "-r", "-t", "-l", "-z", tip)).stdout.decode("utf-8", "replace")
    trees: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for entry in filter(None, listed.split("\0")):
        words, _, path = entry.partition("\t")
        _, kind, name, size = words.split()
        folder, _, inside = path.partition("/")
        if kind == "tree" and not inside:
            trees[folder] = name
        elif kind == "blob" and inside:
            sizes[folder] = sizes.get(folder, 0) + int(size)
    return [Folder(name, trees[name], sizes.get(name, 0)) for name in sorted(trees)]


def fitting(there: Sequence[Folder], new: Folder) -> list[Folder]:
    """The folders that have room, the new one among them, without the oldest of the others."""
    room, kept = MAX_BYTES - new.size_bytes, [new]
    for folder in sorted((each for each in there if each.name != new.name), key=lambda each: each.name, reverse=True):
        room -= folder.size_bytes
        if room < 0:
            break
        kept.append(folder)
    return sorted(kept, key=lambda each: each.name)


async def committed(clean: CleanGit, folders: Sequence[Folder], identity: Identity) -> str:
    readme = (await clean.run("hash-object", "-w", "--stdin", stdin=README.encode())).stdout.decode().strip()
    lines = [f"040000 tree {folder.tree}\t{folder.name}\n" for folder in folders]
    tree = await tree_of(clean, [f"100644 blob {readme}\tREADME.md\n", *lines])
    who = {"NAME": identity.name, "EMAIL": identity.email}
    env = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in who.items()}
    return (await clean.run("commit-tree", tree, "-m", SUBJECT, env=env)).stdout.decode().strip()
