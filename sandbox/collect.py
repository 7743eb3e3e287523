"""Brings the agent's commits out of the sandbox as one bundle of one ref.

Nothing that is learned here is believed: the bundle is fetched into a clean repository and vetted there. Work that the agent
left uncommitted is committed for it; what has to stay behind (an unfinished merge, a repository inside the repository) is
named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.bundle import MAX_BUNDLE_BYTES, RepositoryDamaged, WorkTooLarge, stream_bundle
from sandbox.git import LOCAL_GIT_SECONDS, branch_ref, git, git_environment
from sandbox.protocol import Completed, Sandbox

# GitHub warns at 50 MB and refuses 100 MB a file; a change that a person reads has no file near that.
# https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github
MAX_FILE_BYTES = 25 * 1024 * 1024
# More would not fit on one command line; those past it become submodules, which vetting refuses.
_MOST_INNER_REPOSITORIES = 100


@dataclass(frozen=True)
class CollectSpec:
    """What to bring out: the commits since `start_sha` (the head when the agent began) that `base_sha` doesn't have.

    `message` is for the commit that Harvest makes of uncommitted work.
    """

    branch: str
    start_sha: str
    base_sha: str
    message: str
    max_bundle_bytes: int = MAX_BUNDLE_BYTES
    max_file_bytes: int = MAX_FILE_BYTES


@dataclass(frozen=True)
class Collected:
    """The bundle on Harvest's side, and what was seen on the way.

    `committed_for_agent`: uncommitted work was found. `diffstat` is git's one line ("2 files changed, …"); `notes` are
    sentences on what was out of the ordinary. All of it is the sandbox's word.
    """

    bundle: Path
    head_sha: str
    commits: int
    committed_for_agent: bool
    diffstat: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoChange:
    """There is nothing to publish; `notes` as in Collected."""

    notes: tuple[str, ...] = ()


async def collect(sandbox: Sandbox, spec: CollectSpec, into: Path) -> Collected | NoChange:
    """Commit what is uncommitted and write the bundle to the file `into`; repeating it replaces the file.

    Raises RepositoryDamaged, WorkTooLarge, or SandboxError.
    """
    await _must_be_a_repository(sandbox, spec)
    notes: list[str] = []
    committed = await _commit_what_is_left(sandbox, spec, notes)
    head = await _tip(sandbox, spec, notes)
    fresh = (head, f"^{spec.start_sha}", f"^{spec.base_sha}")
    commits = int(_must(await git(sandbox, "rev-list", "--count", *fresh), "count the commits").stdout)
    difference = ("diff", "--shortstat", "--no-ext-diff", "--no-textconv", spec.start_sha, head, "--")
    stat = _must(await git(sandbox, *difference), "compare the work with its start").stdout.decode("utf-8", "replace").strip()
    if commits == 0 or not stat:
        if commits:
            notes.append(f"The agent's {commits} commit(s) cancel each other out.")
        return NoChange(tuple(notes))
    await _refuse_huge_files(sandbox, fresh, spec.max_file_bytes)
    await stream_bundle(sandbox, head, (spec.start_sha, spec.base_sha), into, max_bytes=spec.max_bundle_bytes)
    return Collected(into, head, commits, committed, stat, tuple(notes))


# Every process of the agent has ended, so a lock is one that was left behind.
_PROBE = """
[ -d .git ] || exit 44
rm -f -- .git/index.lock .git/HEAD.lock
git rev-parse --quiet --verify "$1"
git rev-parse --quiet --verify "$2"
"""
_NO_REPOSITORY = 44


async def _must_be_a_repository(sandbox: Sandbox, spec: CollectSpec) -> None:
    commits = ("HEAD^{commit}", f"{spec.start_sha}^{{commit}}")
    probed = await sandbox.run(["sh", "-ec", _PROBE, "sh", *commits], env=git_environment(sandbox))
    if probed.exit_code == _NO_REPOSITORY:
        raise RepositoryDamaged(
            "the agent deleted the repository's `.git` folder, so none of its work can be published: ask again, "
            "the repository will be cloned afresh"
        )
    _must(probed, "find the branch's last commit and where the work began")


_COMMIT = """
git add --all -- "$@"
git diff --cached --quiet --no-ext-diff && exit
git commit --quiet --no-verify --file=-
echo committed
"""


async def _commit_what_is_left(sandbox: Sandbox, spec: CollectSpec, notes: list[str]) -> bool:
    """Commit what is uncommitted, for the agent; whether there was anything."""
    look = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--no-renames")
    entries = _must(await git(sandbox, *look), "see what is uncommitted").stdout.split(b"\0")[:-1]
    if any(entry.startswith(b"u ") for entry in entries):
        notes.append("The agent left a merge unfinished: its uncommitted changes are not included.")
        return False
    # A folder among untracked files is a repository of its own, which `git add` would make a submodule of.
    inner = [entry[2:-1].decode("utf-8", "replace") for entry in entries if entry.startswith(b"? ") and entry.endswith(b"/")]
    if inner:
        notes.append(f"{len(inner)} repository inside the repository was left out: {inner[0][:100]!r}.")
    if len(inner) == len(entries):
        return False
    pathspecs = [".", *(f":(exclude,literal){path}" for path in inner[:_MOST_INNER_REPOSITORIES])]
    command = sandbox.run(
        ["sh", "-ec", _COMMIT, "sh", *pathspecs],
        env=git_environment(sandbox),
        stdin=spec.message.encode(),
        timeout_seconds=LOCAL_GIT_SECONDS,
    )
    return _must(await command, "commit the agent's uncommitted work").stdout.strip() == b"committed"


async def _tip(sandbox: Sandbox, spec: CollectSpec, notes: list[str]) -> str:
    """The commit to bring out: where the agent stands, or the session's branch if only that one has new work."""
    asked = await git(sandbox, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD")
    head, on = _must(asked, "see where the agent stands").stdout.decode("utf-8", "replace").split("\n")[:2]
    session_ref = branch_ref(spec.branch)
    if on == session_ref:
        return head
    where = "a detached HEAD" if on == "HEAD" else f"the branch {on.removeprefix('refs/heads/')!r}"
    session = await git(sandbox, "rev-parse", "--quiet", "--verify", f"{session_ref}^{{commit}}")
    if session.exit_code == 0:
        tip = session.stdout.decode("ascii", "replace").strip()
        if (await git(sandbox, "merge-base", "--is-ancestor", head, tip)).exit_code == 0:
            return tip
        if (await git(sandbox, "merge-base", "--is-ancestor", tip, head)).exit_code != 0:
            notes.append(f"The agent worked on {where}, which is published; its commits on {spec.branch!r} are not.")
            return head
    notes.append(f"The agent ended on {where}; its work there is taken as the branch's.")
    return head


_SIZES = 'git rev-list --objects "$@" | git cat-file --batch-check="%(objecttype) %(objectsize) %(rest)"'


async def _refuse_huge_files(sandbox: Sandbox, fresh: tuple[str, ...], max_file_bytes: int) -> None:
    """Look at the sizes of new files before anything is packed, so that a huge one ends with its name."""
    measure = sandbox.run(["sh", "-ec", _SIZES, "sh", *fresh], env=git_environment(sandbox), timeout_seconds=LOCAL_GIT_SECONDS)
    sizes = _must(await measure, "measure what is new")
    for line in sizes.stdout.splitlines():
        kind, size, path = (*line.split(b" ", 2), b"", b"")[:3]
        if kind == b"blob" and int(size) > max_file_bytes:
            raise WorkTooLarge(
                f"{path.decode('utf-8', 'replace')[:200]!r} has {int(size) / 1_000_000:,.0f} MB and at most "
                f"{max_file_bytes / 1_000_000:,.0f} MB a file are published: nothing was pushed. Ask for it to be left out"
            )


def _must(completed: Completed, what: str) -> Completed:
    if completed.exit_code != 0:
        said = completed.stderr.decode("utf-8", "replace").strip()[-300:]
        raise RepositoryDamaged(
            f"git could not {what} in the sandbox ({said or f'exit code {completed.exit_code}'}): "
            "the agent may have damaged the repository; ask again, it will be cloned afresh"
        )
    return completed
