"""Vet the agent's commits: from a bundle that nothing is known about to commits that may be pushed, or the reasons why not.

The repository here is fresh and bare, fetched from GitHub at the commits that were pinned before the agent ran; the bundle
comes into it as one ref. All that is judged is read from there.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from github_app.publish.vet import fsck
from github_app.publish.vet.authorship import CoAuthors, WrittenCommit, parse_commit
from github_app.publish.vet.clean_git import (
    ALL_HISTORY,
    CleanGit,
    GitFailed,
    GitSaidTooMuch,
    GitTookTooLong,
    GitTookTooMuchMemory,
    Remote,
)
from github_app.publish.vet.left_out import without
from github_app.publish.vet.listing import SYMLINK, Change, ListingBroken, ListingTooLong, parse_raw
from github_app.publish.vet.new_secrets import new_secrets
from github_app.publish.vet.objects import ObjectMissing, contents_of, sizes_of
from github_app.publish.vet.paths import MAX_LINK_BYTES
from github_app.publish.vet.rewrite import rewrite
from github_app.publish.vet.rules import BY_HAND, Policy, Reason, by_hand, judge
from github_app.publish.vet.secret_scan import SecretScan
from github_app.publish.vet.squash import squashed
from github_app.publish.vet.unpacked import PackTooLarge, PackUnreadable, unpacked
from sandbox.bundle import BUNDLE_REF
from sandbox.git import Identity, branch_ref
from sandbox.secret import Secret
from sandbox.time_limit import TimeLimit
from sandbox.workspace import MAX_REPOSITORY_BYTES
from sandbox.workspace_failure import explain_fetch_failure

_START, _BASE, _TIP, _AGENT = "refs/harvest/start", "refs/harvest/base", "refs/harvest/tip", "refs/harvest/agent"
# Many times what the most changes that are looked at come to, so that only a tree that was made to have no end meets these.
_MAX_LISTING_BYTES = 16 * 1024 * 1024
_LISTING_MEMORY_KIB = 256 * 1024
_DAMAGED = "The agent's commits are damaged or incomplete, so git could not read them: ask again."


@dataclass(frozen=True)
class VetSpec:
    """What to vet, and against what.

    `folder` is made anew and holds the repository from which to push. `start_sha` is the head when the agent began, which the
    new commits must build on; `base_sha` the base branch's head then, and `left_base_there` says that the branch is known to
    begin at it. `title` is what the work is called where the agent gave
    it no name. `not_after` is when the work was collected (seconds since the epoch); it must be the same when the step is
    repeated. `known_secrets` are the job's own. `start_is_on_no_branch`: the head of a fork, whose history is pushed as well.
    """

    folder: Path
    remote: Remote
    bundle: Path
    start_sha: str
    base_sha: str
    base_branch: str
    identity: Identity
    co_authors: CoAuthors
    title: str
    not_after: int
    known_secrets: Sequence[Secret] = field(default=(), repr=False)
    start_is_on_no_branch: bool = False
    policy: Policy = field(default_factory=Policy)
    left_base_there: bool = False


@dataclass(frozen=True)
class Differences:
    """The paths that differ between two commits, and by how many lines."""

    files: tuple[str, ...]
    insertions: int
    deletions: int


@dataclass(frozen=True)
class Vetted:
    """Commits that may be pushed from `repository`: the last one's id and that of its tree, how many, and what they change;
    `whole` is all that the branch changes since it left its base, if it was to be looked at."""

    repository: Path
    head_sha: str
    commits: int
    changes: Differences
    whole: Differences | None = None
    tree: str = ""


@dataclass(frozen=True)
class Refused:
    """Why nothing may be pushed; never empty. `whole` is the work all the same, where a person may make it theirs by hand, and
    `rest` one commit of it without what was refused, which may be pushed; None where that is nothing."""

    reasons: tuple[Reason, ...]
    whole: Vetted | None = None
    rest: Vetted | None = None


async def vet(spec: VetSpec) -> Vetted | Refused:
    """Vet the bundle. Repeating it gives the same answer, and the same commits.

    What takes more than the policy allows is refused: nothing is published that was not looked at whole. Raises a
    WorkspaceError when the server is at fault (`retryable` says whether to try again), GitFailed when git here is.
    """
    await asyncio.to_thread(shutil.rmtree, spec.folder, ignore_errors=True)
    clean = await CleanGit.create(spec.folder)
    await _fetch_pinned(clean, spec)
    allowed = TimeLimit(spec.policy.max_seconds)
    try:
        async with allowed:
            return await _vet(clean, spec, allowed)
    except _Unfit as unfit:
        return Refused((unfit.reason,))
    except (GitSaidTooMuch, GitTookTooLong, GitTookTooMuchMemory) as error:
        return Refused((_too_much(str(error)),))
    except TimeoutError:
        if not allowed.expired():
            raise
        return Refused((_too_much(f"it took longer than {spec.policy.max_seconds:g} s"),))
    except (ObjectMissing, ListingBroken, ValueError) as error:
        return Refused((Reason("broken", "", f"The agent's commits can't be read ({error}): ask again."),))


class _Unfit(Exception):
    """The commits as a whole can't be published."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = Reason(rule, "", sentence)


def _too_much(what: str) -> Reason:
    return Reason("too-much", "", f"Checking the agent's commits takes more than is given to it ({what}): ask for less.")


async def _vet(clean: CleanGit, spec: VetSpec, allowed: TimeLimit) -> Vetted | Refused:
    await _must_be_bounded(spec)
    await _take_in_bundle(clean, spec, allowed)
    await _must_build_on_the_start(clean)
    commits = await _new_commits(clean, spec)
    if spec.start_is_on_no_branch or any(len(commit.parents) != 1 for commit in commits):
        # A merge may bring in commits of the base branch that are newer than the pinned one: those aren't the agent's.
        await _fetch_all_history(clean, spec, allowed)
        commits = await _new_commits(clean, spec)
    await _must_be_sound(clean)
    changes = await _changes(clean, commits, spec.policy)
    links = await contents_of(clean, (c.blob for c in changes if c.mode == SYMLINK and (c.size or 0) <= MAX_LINK_BYTES))
    refused = await asyncio.to_thread(judge, changes, links, spec.policy)
    if any(reason.rule not in BY_HAND for reason in refused):
        return Refused(tuple(refused))
    if refused and (others := await asyncio.to_thread(judge, changes, links, by_hand(spec.policy))):
        return Refused((*refused, *others))
    if secrets := await new_secrets(clean, changes, SecretScan(spec.known_secrets), spec.policy):
        return Refused((*refused, *secrets))
    whole = await _anew(clean, spec, squashed(commits, spec.title))
    if not refused:
        return whole
    paths = [reason.raw_path for reason in refused]
    if not all(paths):  # what is against the whole of it is so without any of them
        return Refused(tuple(refused), whole)
    rest = await without(clean, whole.head_sha, spec.start_sha, paths, spec.title)
    return Refused(tuple(refused), whole, None if rest is None else await _anew(clean, spec, [rest]))


async def _anew(clean: CleanGit, spec: VetSpec, commits: Sequence[WrittenCommit]) -> Vetted:
    start = await _date_of_start(clean)
    head = await rewrite(clean, commits, spec.identity, spec.co_authors, start, spec.not_after)
    changed = await _differences(clean, _START, head)
    whole = await _differences(clean, _BASE, head) if spec.left_base_there else None
    tree = (await clean.run("rev-parse", "--verify", f"{head}^{{tree}}")).stdout.decode("ascii").strip()
    return Vetted(clean.repository, head, len(commits), changed, whole, tree)


async def _fetch(clean: CleanGit, spec: VetSpec, depth: str, *refspecs: str) -> None:
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--update-shallow", depth)
    try:
        await clean.run("fetch", *options, "--", spec.remote.url, *refspecs, remote=spec.remote)
    except GitFailed as error:
        raise explain_fetch_failure(error.stderr, spec.remote.url, MAX_REPOSITORY_BYTES) from error


async def _fetch_pinned(clean: CleanGit, spec: VetSpec) -> None:
    """One commit each is enough: their trees hold whatever the bundle's packed differences lean on."""
    await _fetch(clean, spec, "--depth=1", f"+{spec.start_sha}:{_START}", f"+{spec.base_sha}:{_BASE}")


async def _fetch_all_history(clean: CleanGit, spec: VetSpec, allowed: TimeLimit) -> None:
    tip = f"+{branch_ref(spec.base_branch)}:{_TIP}"
    # What the server takes is not the agent's fault, and has a limit of its own.
    with allowed.not_counted():
        await _fetch(clean, spec, ALL_HISTORY, tip, f"+{spec.start_sha}:{_START}", f"+{spec.base_sha}:{_BASE}")


async def _must_be_bounded(spec: VetSpec) -> None:
    """Before git unpacks it, which takes as long as there is of it."""
    policy = spec.policy
    measure = partial(unpacked, most_objects=policy.max_objects, most_bytes=policy.max_unpacked_bytes)
    try:
        await asyncio.to_thread(measure, spec.bundle)
    except PackUnreadable as error:
        raise _Unfit("broken", _DAMAGED) from error
    except PackTooLarge as error:
        raise _Unfit("unpacked-size", f"The agent's commits come to {error}: ask for a smaller change.") from error


async def _take_in_bundle(clean: CleanGit, spec: VetSpec, allowed: TimeLimit) -> None:
    """Fetch the bundle's one ref; with all of the history when it leans on commits older than the pinned ones."""
    command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", str(spec.bundle), f"+{BUNDLE_REF}:{_AGENT}")
    taken = await clean.run(*command, accept=(0, 1, 128))
    if taken.exit_code != 0 and "prerequisite" in taken.stderr:
        await _fetch_all_history(clean, spec, allowed)
        taken = await clean.run(*command, accept=(0, 1, 128))
    if taken.exit_code != 0:
        raise _Unfit("broken", _DAMAGED)


async def _must_build_on_the_start(clean: CleanGit) -> None:
    if (await clean.run("merge-base", "--is-ancestor", _START, _AGENT, accept=(0, 1))).exit_code != 0:
        raise _Unfit(
            "history",
            "The agent rewrote commits that were already there, and publishing that would overwrite them: ask again, "
            "and ask for new commits on top.",
        )


async def _known(clean: CleanGit) -> list[str]:
    """What is public already, for `git rev-list`: the pinned commits, and the base branch as it is now if it was needed."""
    listed = await clean.run("for-each-ref", "--format=^%(objectname)", _START, _BASE, _TIP)
    return listed.stdout.decode("ascii").split()


async def _new_commits(clean: CleanGit, spec: VetSpec) -> list[WrittenCommit]:
    """The commits that publishing would add, parents first."""
    most = spec.policy.max_commits
    limit = f"--max-count={most + 1}"
    listed = await clean.run("rev-list", "--topo-order", "--reverse", limit, _AGENT, *await _known(clean))
    ids = listed.stdout.decode("ascii").split()
    if len(ids) > most:
        raise _Unfit("commit-count", f"The agent made more than {most} commits: ask for the work in fewer of them.")
    if not ids:
        raise _Unfit("empty", "All of the agent's commits are on the base branch already: there is nothing to publish.")
    most_bytes = spec.policy.max_commit_bytes
    if long := [id_ for id_, size in (await sizes_of(clean, ids)).items() if size > most_bytes]:
        sentence = f"The commit {long[0][:12]} has a message of more than {most_bytes / 1_000:,.0f} kB: ask for a shorter one."
        raise _Unfit("message-size", sentence)
    contents = await contents_of(clean, ids)
    return [parse_commit(id_, contents[id_]) for id_ in ids]


async def _must_be_sound(clean: CleanGit) -> None:
    """`git fsck` by hand: fetching from a bundle ignores transfer.fsckObjects."""
    new = await clean.run("rev-list", "--objects", "--no-object-names", _AGENT, *await _known(clean))
    checked = await clean.run(
        "fsck", "--strict", "--full", "--no-dangling", "--no-progress", accept=tuple(range(64)), max_bytes=8 * 1024 * 1024
    )
    said = checked.stderr + "\n" + checked.stdout.decode("utf-8", "replace")
    if found := fsck.faults(said, checked.exit_code, set(new.stdout.decode("ascii").split())):
        raise _Unfit("unsound", f"Git finds fault with the agent's commits ({found[0][:200]}): ask again.")


async def _changes(clean: CleanGit, commits: Sequence[WrittenCommit], policy: Policy) -> list[Change]:
    """Every path that any of the commits changes, with the sizes of the new contents.

    A merge is listed against all its parents, which leaves out what it takes from one of them as it is. So the sum of
    all is looked at too: what differs both from the start and from the base branch.
    """
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames")
    each = "".join(f"{commit.sha}\n" for commit in commits).encode()
    command = ("diff-tree", "--stdin", "--root", "-c", *options)
    try:
        listed = await clean.run(*command, stdin=each, max_bytes=_MAX_LISTING_BYTES, max_memory_kib=_LISTING_MEMORY_KIB)
        changes = await asyncio.to_thread(parse_raw, listed.stdout, most=policy.max_changes)
    except (GitSaidTooMuch, GitTookTooMuchMemory, ListingTooLong) as error:
        sentence = f"The commits change files more than {policy.max_changes:,} times: ask for a smaller change."
        raise _Unfit("change-count", sentence) from error
    if any(len(commit.parents) != 1 for commit in commits):
        since_start = parse_raw((await clean.run("diff-tree", *options, _START, _AGENT)).stdout, commits[-1].sha)
        since_tip = parse_raw((await clean.run("diff-tree", *options, _TIP, _AGENT)).stdout)
        paths = {change.path for change in since_tip}
        changes += [change for change in since_start if change.path in paths]
    measured = await sizes_of(clean, (change.blob for change in changes if change.has_content))
    return [replace(change, size=measured[change.blob]) if change.has_content else change for change in changes]


async def _date_of_start(clean: CleanGit) -> int:
    shown = await clean.run("log", "--max-count=1", "--format=%ct", _START)
    return int(shown.stdout)


async def _differences(clean: CleanGit, before: str, after: str) -> Differences:
    options = ("-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv")
    listed = await clean.run("diff-tree", *options, before, after, max_bytes=_MAX_LISTING_BYTES)
    files, insertions, deletions = [], 0, 0
    for entry in listed.stdout.split(b"\0"):
        added, _, rest = entry.partition(b"\t")
        removed, _, path = rest.partition(b"\t")
        if path:
            files.append(path.decode("utf-8", "replace"))
            insertions += int(added) if added.isdigit() else 0
            deletions += int(removed) if removed.isdigit() else 0
    return Differences(tuple(files), insertions, deletions)
