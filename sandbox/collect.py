"""Brings the agent's commits out of the sandbox as one bundle of one ref.

Nothing that is learned here is believed: the bundle is fetched into a clean repository and vetted there. Work that the agent
left uncommitted is committed for it; what has to stay behind (an unfinished merge, a repository inside the repository) is
named.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.git import LOCAL_GIT_SECONDS, branch_ref, git, git_environment
from sandbox.protocol import Completed, Sandbox

# The one ref in a bundle, there and in the clean repository that takes it in.
BUNDLE_REF = "refs/harvest/collected"

# Far more than a change that a person can review; packed, so a source tree of a few hundred MB fits.
MAX_BUNDLE_BYTES = 64 * 1024 * 1024
# GitHub warns at 50 MB and refuses 100 MB a file; a change that a person reads has no file near that.
# https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github
MAX_FILE_BYTES = 25 * 1024 * 1024


class CollectError(Exception):
    """The agent's work can't be brought out; the message is a sentence for the person who asked."""


class RepositoryDamaged(CollectError):
    """There is no repository in the workspace any more, or git can't read it."""


class WorkTooLarge(CollectError):
    """A file, or all of it, is over the limit."""


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
    fresh = [head, f"^{spec.start_sha}", f"^{spec.base_sha}"]
    commits = int(_must(await git(sandbox, "rev-list", "--count", *fresh), "count the commits").stdout)
    same = await git(sandbox, "diff", "--quiet", "--no-ext-diff", "--no-textconv", spec.start_sha, head, "--")
    if commits == 0 or same.exit_code == 0:
        if commits:
            notes.append(f"The agent's {commits} commit(s) cancel each other out.")
        return NoChange(tuple(notes))

    await _refuse_huge_files(sandbox, fresh, spec.max_file_bytes)
    _must(await git(sandbox, "update-ref", "--no-deref", BUNDLE_REF, head), "name the commits to bring out")
    await _stream_bundle(sandbox, spec, into)
    stat = await git(sandbox, "diff", "--shortstat", "--no-ext-diff", "--no-textconv", spec.start_sha, head, "--")
    return Collected(
        bundle=into,
        head_sha=head,
        commits=commits,
        committed_for_agent=committed,
        diffstat=stat.stdout.decode("utf-8", "replace").strip(),
        notes=tuple(notes),
    )


async def _must_be_a_repository(sandbox: Sandbox, spec: CollectSpec) -> None:
    # Every process of the agent has ended, so a lock is one that was left behind.
    probe = "[ -d .git ] && rm -f -- .git/index.lock .git/HEAD.lock"
    there = await sandbox.run(["sh", "-c", probe], cwd=sandbox.paths.workspace)
    if there.exit_code != 0:
        raise RepositoryDamaged(
            "the agent deleted the repository's `.git` folder, so none of its work can be published: ask again, "
            "the repository will be cloned afresh"
        )
    _must(await git(sandbox, "rev-parse", "--quiet", "--verify", "HEAD^{commit}"), "find the branch's last commit")
    _must(await git(sandbox, "rev-parse", "--quiet", "--verify", f"{spec.start_sha}^{{commit}}"), "find where the work began")


async def _commit_what_is_left(sandbox: Sandbox, spec: CollectSpec, notes: list[str]) -> bool:
    """Commit what is uncommitted, for the agent; whether there was anything."""
    if (await git(sandbox, "ls-files", "--unmerged", "-z")).stdout:
        notes.append("The agent left a merge unfinished: its uncommitted changes are not included.")
        return False
    _must(await git(sandbox, "add", "--all"), "stage the agent's uncommitted work")
    await _unstage_inner_repositories(sandbox, notes)
    if (await git(sandbox, "diff", "--cached", "--quiet", "--no-ext-diff")).exit_code == 0:
        return False
    commit = await git(sandbox, "commit", "--quiet", "--no-verify", "--file=-", stdin=spec.message.encode())
    _must(commit, "commit the agent's uncommitted work")
    return True


async def _unstage_inner_repositories(sandbox: Sandbox, notes: list[str]) -> None:
    """`git add` makes a submodule of every repository that lies in the workspace: those are left out."""
    raw = await git(sandbox, "diff", "--cached", "--raw", "-z", "--no-renames", "--diff-filter=A")
    fields = raw.stdout.split(b"\0")
    inner = [path for entry, path in zip(fields[::2], fields[1::2], strict=False) if entry.split(b" ")[1:2] == [b"160000"]]
    if inner:
        paths = b"\0".join(inner)
        reset = ("reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul")
        _must(await git(sandbox, "--literal-pathspecs", *reset, stdin=paths), "leave out inner repositories")
        notes.append(
            f"{len(inner)} repository inside the repository was left out: {inner[0].decode('utf-8', 'replace')[:100]!r}."
        )


async def _tip(sandbox: Sandbox, spec: CollectSpec, notes: list[str]) -> str:
    """The commit to bring out: where the agent stands, or the session's branch if only that one has new work."""
    head = (await git(sandbox, "rev-parse", "HEAD")).stdout.decode("ascii", "replace").strip()
    on = (await git(sandbox, "symbolic-ref", "--quiet", "HEAD")).stdout.decode("utf-8", "replace").strip()
    session_ref = branch_ref(spec.branch)
    if on == session_ref:
        return head
    where = f"the branch {on.removeprefix('refs/heads/')!r}" if on else "a detached HEAD"
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


async def _refuse_huge_files(sandbox: Sandbox, fresh: list[str], max_file_bytes: int) -> None:
    """Look at the sizes of new files before anything is packed, so that a huge one ends with its name."""
    objects = _must(await git(sandbox, "rev-list", "--objects", *fresh), "list what is new")
    form = "--batch-check=%(objecttype) %(objectsize) %(rest)"
    sizes = _must(await git(sandbox, "cat-file", form, stdin=objects.stdout), "measure what is new")
    for line in sizes.stdout.splitlines():
        kind, size, path = (*line.split(b" ", 2), b"", b"")[:3]
        if kind == b"blob" and int(size) > max_file_bytes:
            raise WorkTooLarge(
                f"{path.decode('utf-8', 'replace')[:200]!r} has {int(size) / 1_000_000:,.0f} MB and at most "
                f"{max_file_bytes / 1_000_000:,.0f} MB a file are published: nothing was pushed. Ask for it to be left out"
            )


async def _stream_bundle(sandbox: Sandbox, spec: CollectSpec, into: Path) -> None:
    """`git bundle create` straight to Harvest's file; neither side holds it in memory or on a second disk."""
    argv = ["git", "-C", sandbox.paths.workspace, "bundle", "create", "--quiet", "-"]
    argv += [BUNDLE_REF, f"^{spec.start_sha}", f"^{spec.base_sha}"]
    process = await sandbox.start(argv, env=git_environment(sandbox))
    try:
        async with asyncio.timeout(LOCAL_GIT_SECONDS):
            complaint = asyncio.ensure_future(_tail(process.stderr))
            written = await _write_capped(process.stdout, into, spec.max_bundle_bytes)
            if written > spec.max_bundle_bytes:
                raise WorkTooLarge(
                    f"the agent's commits come to more than {spec.max_bundle_bytes / 1_000_000:,.0f} MB: nothing was pushed. "
                    "Ask for a smaller change, or for generated files to be left out"
                )
            exit_code = await process.wait()
            if exit_code != 0:
                raise RepositoryDamaged(f"git could not pack the agent's commits ({await complaint}): ask again")
    except TimeoutError as error:
        raise WorkTooLarge(
            f"packing the agent's commits took more than {LOCAL_GIT_SECONDS} s: ask for a smaller change"
        ) from error
    finally:
        await process.kill()


async def _write_capped(stream: AsyncIterator[bytes], into: Path, limit: int) -> int:
    """Write the stream to the file until its end or just past `limit` bytes; how many were read."""
    read = 0
    with into.open("wb") as file:
        async for piece in stream:
            read += len(piece)
            if read > limit:
                break
            await asyncio.to_thread(file.write, piece)
    return read


async def _tail(stream: AsyncIterator[bytes]) -> str:
    """The last words of a stream that is read to its end."""
    kept = b""
    async for piece in stream:
        kept = (kept + piece)[-500:]
    return kept.decode("utf-8", "replace").strip()


def _must(completed: Completed, what: str) -> Completed:
    if completed.exit_code != 0:
        said = completed.stderr.decode("utf-8", "replace").strip()[-300:]
        raise RepositoryDamaged(
            f"git could not {what} in the sandbox ({said or f'exit code {completed.exit_code}'}): "
            "the agent may have damaged the repository; ask again, it will be cloned afresh"
        )
    return completed
