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
from sandbox.sizes import megabytes

# More than is published: what is refused for its size is brought out as well, so that people can be given it.
MAX_FILE_BYTES = 50 * 1024 * 1024
# More would not fit on one command line; those past it become submodules, which vetting refuses.
_MOST_INNER_REPOSITORIES = 100


@dataclass(frozen=True)
class CollectSpec:
    """What to bring out: the commits since `start_sha` (the head when the agent began) that `base_sha` doesn't have.

    `message` is for the commit that Harvest makes of uncommitted work. `onto_base`: those commits were to be put on top of
    `base_sha`.
    """

    branch: str
    start_sha: str
    base_sha: str
    message: str
    max_bundle_bytes: int = MAX_BUNDLE_BYTES
    max_file_bytes: int = MAX_FILE_BYTES
    onto_base: bool = False


@dataclass(frozen=True)
class Collected:
    """The bundle on Harvest's side, and what was seen on the way.

    `diffstat` is git's one line ("2 files changed, …"); `notes` are sentences on what was out of the ordinary. All of it is
    the sandbox's word.
    """

    bundle: Path
    head_sha: str
    commits: int
    diffstat: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoChange:
    """There is nothing to publish; `notes` as in Collected."""

    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotOnTop:
    """The commits were to be put on top of the base, and do not stand there, or not all of them yet."""


async def collect(sandbox: Sandbox, spec: CollectSpec, into: Path) -> Collected | NoChange | NotOnTop:
    """Commit what is uncommitted and write the bundle to the file `into`; repeating it replaces the file.

    Raises RepositoryDamaged, WorkTooLarge, or SandboxError.
    """
    notes: list[str] = []
    stand, uncommitted = await _look(sandbox, spec)
    if spec.onto_base and not await _stands_on_base(sandbox, spec, notes):
        return NotOnTop()
    committed = await _commit_what_is_left(sandbox, spec, uncommitted, notes)
    head = await _tip(sandbox, spec, committed or stand, notes)
    fresh = await _measure(sandbox, spec, head)
    if fresh.commits == 0 or not fresh.diffstat:
        if fresh.commits:
            notes.append(f"The agent's {fresh.commits} commit(s) cancel each other out.")
        return NoChange(tuple(notes))
    if fresh.huge:
        raise WorkTooLarge(fresh.huge)
    await stream_bundle(sandbox, head, (spec.start_sha, spec.base_sha), into, max_bytes=spec.max_bundle_bytes)
    return Collected(into, head, fresh.commits, fresh.diffstat, tuple(notes))


@dataclass(frozen=True)
class _Stand:
    """Where HEAD stands: its commit, and the full name of its branch (`HEAD` when it is on none)."""

    commit: str
    ref: str


# Beside a tag or a branch of the name HEAD git would print one line alone, and a warning.
_STAND = "git -c core.warnAmbiguousRefs=false rev-parse HEAD --symbolic-full-name HEAD"

# Every process of the agent has ended, so a lock is one that was left behind.
_LOOK = f"""
[ -d .git ] || exit 44
rm -f -- .git/index.lock .git/HEAD.lock
find .git/refs -name '*.lock' -prune -exec rm -rf -- {{}} + || :
git rev-parse --quiet --verify "HEAD^{{commit}}" >/dev/null
git rev-parse --quiet --verify "$1^{{commit}}" >/dev/null
{_STAND}
git status --porcelain=v2 -z --untracked-files=all --ignore-submodules=dirty --no-renames
"""
_NO_REPOSITORY = 44


async def _look(sandbox: Sandbox, spec: CollectSpec) -> tuple[_Stand, list[bytes]]:
    """Where the agent left HEAD, and git's entries for what it left uncommitted."""
    looked = await _script(sandbox, _LOOK, spec.start_sha, offline=True)
    if looked.exit_code == _NO_REPOSITORY:
        raise RepositoryDamaged(
            "the agent deleted the repository's `.git` folder, so none of its work can be published: ask again, "
            "the repository will be cloned afresh"
        )
    stand, status = _stand_in(_must(looked, "find the branch's last commit and where the work began"))
    return stand, status.split(b"\0")[:-1]


def _stand_in(printed: Completed) -> tuple[_Stand, bytes]:
    """What the two lines of `_STAND` say, and what was printed after them."""
    commit, _, rest = printed.stdout.partition(b"\n")
    ref, _, rest = rest.partition(b"\n")
    if not ref:
        raise _damaged("see where the agent stands", printed.stderr.decode("utf-8", "replace").strip()[-300:])
    return _Stand(commit.decode("ascii", "replace"), ref.decode("utf-8", "replace")), rest


# Commits that a rebase under way has still to move are on no branch.
_ON_TOP = """
if [ -d .git/rebase-merge ] || [ -d .git/rebase-apply ]; then exit 1; fi
git merge-base --is-ancestor "$1" HEAD
git rev-list --count "$2" "^$1"
git rev-list --count HEAD "^$1"
"""


async def _stands_on_base(sandbox: Sandbox, spec: CollectSpec, notes: list[str]) -> bool:
    looked = await _script(sandbox, _ON_TOP, spec.base_sha, spec.start_sha, offline=True)
    if looked.exit_code == 1:
        return False
    before, now = map(int, _must(looked, "see whether the branch is on top of its base").stdout.split())
    if now < before:
        had, has = f"{before} commit{'s' * (before != 1)}", f"{now} commit{'s' * (now != 1)}"
        notes.append(f"The branch had {had} of its own and has {has} on top of its base: the base may have the rest already.")
    return True


_COMMIT = f"""
git add --all -- "$@"
git diff --cached --quiet --no-ext-diff && exit
git commit --quiet --no-verify --file=-
{_STAND}
"""


async def _commit_what_is_left(sandbox: Sandbox, spec: CollectSpec, entries: list[bytes], notes: list[str]) -> _Stand | None:
    """Commit what is uncommitted, for the agent; where HEAD stands then, None if there was nothing to commit."""
    if any(entry.startswith(b"u ") for entry in entries):
        notes.append("The agent left a merge unfinished: its uncommitted changes are not included.")
        return None
    # A folder among untracked files is a repository of its own, which `git add` would make a submodule of.
    inner = [entry[2:-1].decode("utf-8", "replace") for entry in entries if entry.startswith(b"? ") and entry.endswith(b"/")]
    if inner:
        notes.append(f"{len(inner)} repository inside the repository was left out: {inner[0][:100]!r}.")
    if len(inner) == len(entries):
        return None
    pathspecs = [".", *(f":(exclude,literal){path}" for path in inner[:_MOST_INNER_REPOSITORIES])]
    done = await _script(sandbox, _COMMIT, *pathspecs, stdin=spec.message.encode())
    committed = _must(done, "commit the agent's uncommitted work")
    return _stand_in(committed)[0] if committed.stdout else None


async def _tip(sandbox: Sandbox, spec: CollectSpec, stand: _Stand, notes: list[str]) -> str:
    """The commit to bring out: where the agent stands, or the session's branch if only that one has new work."""
    head, on = stand.commit, stand.ref
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


@dataclass(frozen=True)
class _Fresh:
    """What the work comes to. `huge` is a sentence on a file that is too large, empty without one."""

    commits: int
    diffstat: str
    huge: str


# $1 the tip, $2 what it is compared with, $3 the base: the number of new commits, one line on the difference, a line for each
# new object.
_MEASURE = """
git rev-list --count "$1" "^$2" "^$3"
difference=$(git diff --shortstat --no-ext-diff --no-textconv "$2" "$1" --)
printf '%s\\n' "$difference"
git rev-list --objects "$1" "^$2" "^$3" | git cat-file --batch-check="%(objecttype) %(objectsize) %(rest)"
"""


async def _measure(sandbox: Sandbox, spec: CollectSpec, tip: str) -> _Fresh:
    """Look at the work before anything is packed, so that a huge file ends with its name."""
    before = spec.base_sha if spec.onto_base else spec.start_sha
    measured = await _script(sandbox, _MEASURE, tip, before, spec.base_sha)
    commits, difference, objects = _must(measured, "compare the work with its start").stdout.split(b"\n", 2)
    return _Fresh(int(commits), difference.decode("utf-8", "replace").strip(), _huge_file(objects, spec.max_file_bytes))


def _huge_file(objects: bytes, max_file_bytes: int) -> str:
    for line in objects.split(b"\n"):
        kind, size, path = (*line.split(b" ", 2), b"", b"")[:3]
        if kind == b"blob" and size.isdigit() and int(size) > max_file_bytes:
            return (
                f"{path.decode('utf-8', 'replace')[:200]!r} has {megabytes(int(size))}, and no file of more than "
                f"{megabytes(max_file_bytes)} leaves the sandbox: nothing was pushed. Ask for it to be left out"
            )
    return ""


async def _script(sandbox: Sandbox, script: str, *arguments: str, stdin: bytes = b"", offline: bool = False) -> Completed:
    """Run it in the repository; it ends at the first command that fails."""
    return await sandbox.run(
        ["sh", "-ec", script, "sh", *arguments],
        env=git_environment(sandbox),
        stdin=stdin,
        timeout_seconds=LOCAL_GIT_SECONDS,
        offline=offline,
    )


def _must(completed: Completed, what: str) -> Completed:
    if completed.exit_code != 0:
        said = completed.stderr.decode("utf-8", "replace").strip()[-300:]
        raise _damaged(what, said or f"exit code {completed.exit_code}")
    return completed


def _damaged(what: str, why: str) -> RepositoryDamaged:
    return RepositoryDamaged(
        f"git could not {what} in the sandbox ({why}): "
        "the agent may have damaged the repository; ask again, it will be cloned afresh"
    )
