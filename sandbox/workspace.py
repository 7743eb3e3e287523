"""Makes the workspace ready: the repository in the sandbox, on the session's branch, as it is on the remote now.

History is always fetched whole, so a rebase, a blame and a log find every commit. The same steps serve a fresh sandbox, one
from a repository image and one from a snapshot. In the last one the remote wins: what the agent had left uncommitted or
unpushed is kept under `refs/harvest/kept/` and reported, never lost. In an image nobody has worked yet; files that git ignores
or does not show (installed dependencies) stay where they are in both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sandbox.base_files import MAX_OBJECT_BYTES, read_base_files
from sandbox.fetch import FETCH_SECONDS, Left, Remote, fetch, those_that_are_there, tracking
from sandbox.git import Identity, branch_ref, git, git_environment, keep_under_a_ref
from sandbox.git_credentials import install_credentials
from sandbox.protocol import Completed, Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.repository import Opened, open_repository
from sandbox.saved_commits import put_in_commits
from sandbox.secret import Secret
from sandbox.workspace_failure import (
    WorkspaceDamaged,
    WorkspaceError,
    branch_gone,
    explain_damage,
    explain_fetch_failure,
    too_large,
)

T = TypeVar("T")

# The most that is cloned: what a sandbox's disk and a few minutes of patience hold.
MAX_REPOSITORY_BYTES = 1_000_000_000


@dataclass(frozen=True)
class GoingOn:
    """Work that was begun in a sandbox that was lost, and goes on in this one.

    It began at `start_sha`, beside `base_sha`. `in_place`: this sandbox has the lost one's files. `bundle` holds the commits
    that were brought out before the loss, None if there were none.
    """

    start_sha: str
    base_sha: str
    in_place: bool
    bundle: Path | None


@dataclass(frozen=True)
class HalfDone:
    """The commits of an earlier job that came to no end, in a bundle: they build on `start_sha`, which was the head of the
    session's branch, or of the base branch when there was no such branch yet (`branch_is_new`)."""

    start_sha: str
    branch_is_new: bool
    bundle: Path


@dataclass(frozen=True)
class WorkspaceSpec:
    """What to check out.

    `remote_url` is the repository's https address without credentials. `branch` is the session's branch: when the remote has
    it the work goes on at its head there, else it begins at the head of `base_branch`, or of the full ref `starts_at` where
    one is named, unless `branch_must_exist`.
    `base_files` are files to be read as they are on `rules_branch`: the base branch, unless another one is named.
    `half_done` is gone on from as long as nobody has moved the branch since.
    `hidden` is what WorkspaceReady said of it when the session began; in a sandbox from an image, what the image says counts.
    `reported_kib` is the `size` of GitHub's REST answer (KiB), when it is known: spares the download of what is too large.
    `is_open` says that the repository was opened here for the same branches, and nobody has worked in it since.
    """

    remote_url: str
    base_branch: str
    branch: str
    read_token: Secret = field(repr=False)
    identity: Identity
    branch_must_exist: bool = False
    starts_at: str = ""
    rules_branch: str | None = None
    base_files: tuple[str, ...] = ()
    reported_kib: int | None = None
    max_bytes: int = MAX_REPOSITORY_BYTES
    going_on: GoingOn | None = None
    half_done: HalfDone | None = None
    hidden: str = ""
    is_open: bool = False

    @property
    def written(self) -> list[str]:
        """The refs that will be written there."""
        return refs_written(self.base_branch, self.branch, self.rules_branch or self.base_branch, self.starts_at)


def refs_written(base_branch: str, branch: str, rules_branch: str, starts_at: str = "") -> list[str]:
    """The refs that a workspace's making writes, in full. Raises InvalidBranchName."""
    base_ref, session_ref = branch_ref(base_branch), branch_ref(branch)
    read = {base_ref, session_ref, branch_ref(rules_branch), starts_at or base_ref}
    return sorted({base_ref, session_ref, *map(tracking, read)})


@dataclass(frozen=True)
class WorkspaceReady:
    """The workspace as the agent will find it.

    `head_sha` is the commit that the work starts from; the same as `base_sha` for a new branch. `base_files` are those of the
    files that were asked for which the branch has (hostile text of this repository), by their paths. `notes` says in sentences
    what an earlier run had left and where it is now, and what could not be read. `took_half_done`: the half-done commits are
    checked out. `hidden` are the files that git does not show there (`sandbox/repository.py`).
    """

    base_sha: str
    head_sha: str
    branch_is_new: bool
    cloned: bool
    base_files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    took_half_done: bool = False
    hidden: str = ""


# What is done while a workspace is made ready. It is told when something new may be started there: nothing that an earlier
# run left configures git any more. Its other files may still stand there, and be replaced.
Meanwhile = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


async def nothing(may_start: asyncio.Event) -> None:
    """Nothing is done meanwhile."""


async def prepare(sandbox: Sandbox, spec: WorkspaceSpec, meanwhile: Meanwhile = nothing) -> WorkspaceReady:
    """Clone or fetch, and check out the session's branch. Repeating it gives the same workspace.

    Raises a WorkspaceError with a sentence for a person, InvalidBranchName, SandboxError when the sandbox is at fault, and
    what `meanwhile` raises.
    """
    may_start = asyncio.Event()
    async with _meanwhile(meanwhile(may_start)) as beside:
        try:
            ready = await _prepare(sandbox, spec, may_start)
        except WorkspaceDamaged:
            ready = await _prepare(sandbox, spec, may_start, anew=True)
    await beside
    return ready


async def _prepare(sandbox: Sandbox, spec: WorkspaceSpec, may_start: asyncio.Event, *, anew: bool = False) -> WorkspaceReady:
    """`anew`: the repository that is there is set aside."""
    base_ref, session_ref = branch_ref(spec.base_branch), branch_ref(spec.branch)
    rules_ref = branch_ref(spec.rules_branch or spec.base_branch)
    if spec.reported_kib is not None and spec.reported_kib * 1024 > spec.max_bytes:
        raise too_large(spec.remote_url, spec.max_bytes)
    await install_credentials(sandbox, spec.remote_url, spec.read_token, spec.identity)

    remote = Remote(spec.remote_url, spec.max_bytes)
    begins_at = spec.starts_at or base_ref
    hidden = None if sandbox.started_from == "image" else spec.hidden
    refs = sorted({base_ref, session_ref, rules_ref, begins_at})
    if spec.is_open and not anew:
        may_start.set()
        repository = was_opened(spec.hidden)
    else:
        repository = open_repository(
            sandbox,
            spec.remote_url,
            spec.reported_kib,
            hidden=hidden,
            refs=spec.written,
            anew=anew,
            when_configured=may_start.set,
        )
    async with _meanwhile(repository) as opening:
        if not spec.branch_must_exist:  # where it must, fetching tells whether it does
            refs = await those_that_are_there(sandbox, remote, refs)
    opened = await opening
    for ref in (base_ref, rules_ref, begins_at):
        if ref not in refs:
            raise branch_gone(spec.remote_url, ref.removeprefix("refs/heads/"))
    return await _bring_up_to_date(sandbox, spec, remote, opened, refs)


async def was_opened(hidden: str) -> Opened:
    """What opening a repository said that was found sound."""
    return Opened(is_new=False, hidden=hidden, notes=())


async def _bring_up_to_date(
    sandbox: Sandbox, spec: WorkspaceSpec, remote: Remote, opened: Opened, refs: list[str]
) -> WorkspaceReady:
    """Fetch those of the refs that the remote has, and check out what the work starts from."""
    base_ref, session_ref = branch_ref(spec.base_branch), branch_ref(spec.branch)
    rules_ref, begins_at = branch_ref(spec.rules_branch or spec.base_branch), spec.starts_at or base_ref
    worked_in = not opened.is_new and sandbox.started_from != "image"
    published = session_ref if session_ref in refs else begins_at
    heads, left = await fetch(sandbox, remote, refs, published=published if worked_in else None)
    going_on = spec.going_on
    base_sha = going_on.base_sha if going_on else heads[base_ref]
    head_sha = going_on.start_sha if going_on else heads.get(session_ref, heads[begins_at])

    kept = opened.notes
    half_done = await _half_done(sandbox, spec.half_done, heads.get(session_ref), heads[begins_at]) if spec.half_done else None
    if half_done is not None and spec.half_done is not None:
        head_sha = spec.half_done.start_sha
    rules_sha = base_sha if rules_ref == base_ref else heads[rules_ref]
    async with _meanwhile(read_base_files(sandbox, rules_sha, spec.base_files)) as reading:
        if not (going_on and going_on.in_place and await _is_at_work(sandbox, session_ref, head_sha)):
            if left is not None:
                kept += await _keep_what_was_left(sandbox, left, but=half_done)
            saved = await put_in_commits(sandbox, going_on.bundle) if going_on and going_on.bundle else None
            await _check_out(sandbox, spec, remote, saved or half_done or head_sha, base_sha)
    base = await reading
    if base.not_fetched:
        raise explain_fetch_failure(base.complaint, spec.remote_url, spec.max_bytes)
    return WorkspaceReady(
        base_sha=base_sha,
        head_sha=head_sha,
        branch_is_new=session_ref not in heads,
        cloned=opened.is_new,
        base_files=base.files,
        notes=(*kept, *(_not_read(path) for path in base.unread)),
        took_half_done=half_done is not None,
        hidden=opened.hidden,
    )


@asynccontextmanager
async def _meanwhile(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Have that done while the block does something else, and give it up when the block fails."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    except BaseException:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _half_done(sandbox: Sandbox, half_done: HalfDone, branch_head: str | None, new_sha: str) -> str | None:
    """The last of the half-done commits, put into the repository; None when they don't build on what is there now. `new_sha`
    is where the branch begins while there is none."""
    moved = not half_done.branch_is_new if branch_head is None else branch_head != half_done.start_sha
    if moved:
        return None
    try:
        commit = await put_in_commits(sandbox, half_done.bundle)
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError:
        return None  # what they build on was rewritten
    for onto in (commit, branch_head or new_sha):
        if (await git(sandbox, "merge-base", "--is-ancestor", half_done.start_sha, onto)).exit_code != 0:
            return None
    return commit


async def _is_at_work(sandbox: Sandbox, session_ref: str, start_sha: str) -> bool:
    """Whether the session's branch is checked out and goes on from where the work began: then it stays as it is."""
    on = await git(sandbox, "symbolic-ref", "--quiet", "HEAD")
    if on.stdout.decode("utf-8", "replace").strip() != session_ref:
        return False
    return (await git(sandbox, "merge-base", "--is-ancestor", start_sha, "HEAD")).exit_code == 0


async def _keep_what_was_left(sandbox: Sandbox, left: Left, *, but: str | None) -> tuple[str, ...]:
    """Put a ref on the work of an earlier run that never reached the remote, `but` the commit that is gone on from; one
    sentence for each."""
    kept = []
    if left.changed:
        staged = await git(sandbox, "add", "--all", offline=False)
        stash = await git(sandbox, "stash", "create", "left uncommitted by an earlier run", offline=False)
        commit = stash.stdout.decode("ascii", "replace").strip()
        if staged.exit_code != 0 or stash.exit_code != 0 or not commit:
            why = _text(staged) or _text(stash) or "git could not tell what has changed"
            damage = explain_damage(f"{_text(staged)}\n{_text(stash)}")
            raise damage or WorkspaceError(f"what an earlier run left can't be set aside ({why[:200]}): start a new session")
        kept.append(await keep_under_a_ref(sandbox, commit, "Uncommitted changes of an earlier run"))
    if left.commit and left.commit != but and not left.published:
        many = f"{left.count} local commit(s)" if left.count.isdigit() else "Local commits"
        kept.append(await keep_under_a_ref(sandbox, left.commit, f"{many} of an earlier run that were never published"))
    return tuple(kept)


# By plumbing and full names: no branch name is ever read as an option or as another kind of ref.
_CHECK_OUT = """
set -e
git checkout --quiet --force --detach "$1"
git update-ref --stdin
git symbolic-ref HEAD "$2"
git count-objects -v
"""


async def _check_out(sandbox: Sandbox, spec: WorkspaceSpec, remote: Remote, head_sha: str, base_sha: str) -> None:
    """Put the worktree at `head_sha` on the session's branch; ignored files (installed dependencies) stay."""
    session_ref, base_ref = branch_ref(spec.branch), branch_ref(spec.base_branch)
    updates = f"update {session_ref} {head_sha}\n"
    if base_ref != session_ref:
        updates += f"update {base_ref} {base_sha}\n"
    command = sandbox.run(
        [*remote.size_limit, "sh", "-c", _CHECK_OUT, "sh", head_sha, session_ref],
        env=git_environment(sandbox),
        stdin=updates.encode(),
        timeout_seconds=FETCH_SECONDS,
    )
    counted = await remote.answered(command)  # a partial clone fetches the files' contents now
    sizes = dict(line.partition(": ")[::2] for line in counted.stdout.decode().splitlines())
    if (int(sizes.get("size-pack", 0)) + int(sizes.get("size", 0))) * 1024 > spec.max_bytes:
        raise too_large(spec.remote_url, spec.max_bytes)


def _not_read(path: str) -> str:
    return (
        f"`{path}` of the base branch does not count in this job: it is larger than {MAX_OBJECT_BYTES // 1024} KiB, "
        "or an earlier run changed what this sandbox keeps of the repository."
    )


def _text(completed: Completed) -> str:
    return completed.stderr.decode("utf-8", "replace").strip()
