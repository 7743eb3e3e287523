"""Push one commit to one branch, and only if the branch is where it is thought to be.

The lease (`--force-with-lease=<ref>:<expected>`) makes the server's answer the decision: a branch that somebody moved in the
meantime is never overwritten, and a push that is repeated after its answer was lost is found to be there already. The default
branch is refused whatever the caller says: which one that is, the server is asked before each push.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from github_app.publish.vet.clean_git import ALL_HISTORY, CleanGit, GitTookTooLong, Remote
from sandbox.git import branch_ref
from state.holding import must_be_ours

# Long enough to be recognised in a list of branches, short enough for a terminal.
MAX_SLUG_CHARACTERS = 40

# Where branches of Harvest's own stand.
OWN_BRANCHES = "harvest/"
PLAN_BRANCHES = f"{OWN_BRANCHES}plan-"

RefusedBy = Literal["default", "token", "permission", "workflow", "protected", "rules", "large-file", "name", "other"]


@dataclass(frozen=True)
class Pushed:
    """The branch is at `sha` now. `already_there`: it was before this push, from an earlier try."""

    sha: str
    already_there: bool = False


@dataclass(frozen=True)
class Moved:
    """The branch is not where it was expected; nothing was overwritten."""

    sentence: str


@dataclass(frozen=True)
class PushRefused:
    """The server did not take it and would not a second time, or must not be asked to. `sentence` says why and what to do; it
    can follow "GitHub refused the push:".
    """

    by: RefusedBy
    sentence: str


@dataclass(frozen=True)
class Unreachable:
    """The server did not answer to the end: whether it took the push is unknown, and pushing again finds out."""

    sentence: str


@dataclass(frozen=True)
class BaseGone:
    """There is no such branch any more into which a pull request could go; nothing was pushed."""


PushResult = Pushed | Moved | BaseGone | PushRefused | Unreachable


def branch_name(number: int, title: str) -> str:
    """The branch for an issue: `harvest/<number>-<slug of its title>`, in lower-case ASCII letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = ""
    for word in re.findall(r"[a-z0-9]+", plain):
        if len(slug) + 1 + len(word) > MAX_SLUG_CHARACTERS:
            slug = slug or word[:MAX_SLUG_CHARACTERS]
            break
        slug = f"{slug}-{word}" if slug else word
    return f"{OWN_BRANCHES}{number}-{slug or 'change'}"


def plan_branch_name(number: int, title: str) -> str:
    """The branch that has nothing but the plan for an issue. No branch for work is called so: those begin with a number."""
    return f"{PLAN_BRANCHES}{branch_name(number, title).removeprefix(OWN_BRANCHES)}"


async def push(
    repository: Path, remote: Remote, sha: str, branch: str, expected: str | None, *, base: str | None = None
) -> PushResult:
    """Push the commit `sha` of the vetted repository to the branch, which must be at `expected` (None: must not exist). `base`
    is the branch into which it is to go by a pull request, None where that is open already.

    Raises InvalidBranchName, GitFailed only for a fault of git itself on this machine.
    """
    ref = branch_ref(branch)
    lease = f"--force-with-lease={ref}:{expected or ''}"
    command = ("push", "--porcelain", "--no-verify", "--no-signed", lease, "--", remote.url, f"{sha}:{ref}")
    git = CleanGit(repository)
    try:
        looked_at = (ref, *([] if base is None else [branch_ref(base)]))
        told = await git.run("ls-remote", "--symref", "--", remote.url, "HEAD", *looked_at, remote=remote, accept=(0, 128))
        if told.exit_code != 0:
            return read_push("", told.stderr, told.exit_code, sha, branch)
        listed = told.stdout.decode("utf-8", "replace")
        if (refused := must_not_be_the_default(listed, branch)) is not None:
            return refused
        if (stands := where_it_stands(listed, branch)) == sha:
            return Pushed(sha, already_there=True)
        if stands != expected:
            return Moved(moved(branch))
        if base is not None and where_it_stands(listed, base) is None:
            return BaseGone()
        await must_be_ours()
        said = await git.run(*command, remote=remote, accept=(0, 1, 128))
        result = read_push(said.stdout.decode("utf-8", "replace"), said.stderr, said.exit_code, sha, branch)
        if isinstance(result, Moved):
            # A connection that broke after the server took the push is tried again by git itself, and then finds its own
            # work.
            found = await git.run("ls-remote", "--", remote.url, ref, remote=remote, accept=(0, 128))
            if found.stdout.startswith(f"{sha}\t{ref}".encode()):
                return Pushed(sha, already_there=True)
    except GitTookTooLong as error:
        return Unreachable(f"GitHub did not take the push in time ({error})")
    return result


async def push_beside(repository: Path, remote: Remote, sha: str, branch: str, start: str) -> PushResult:
    """Push a commit that builds on `start` to a new branch, also where nobody else's branch has that one any more: then the
    server takes it with all of its history only."""
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--update-shallow", ALL_HISTORY)
    await CleanGit(repository).run("fetch", *options, "--", remote.url, start, remote=remote)
    return await push(repository, remote, sha, branch, None)


def where_it_stands(listed: str, branch: str) -> str | None:
    """The commit of the branch in what `git ls-remote` printed; None when there is no such branch."""
    lines = (line.partition("\t") for line in listed.splitlines())
    return next((sha for sha, _, ref in lines if ref == branch_ref(branch) and not sha.startswith("ref:")), None)


def moved(branch: str) -> str:
    return f"the branch {branch!r} was changed by somebody else in the meantime, and nothing was overwritten"


_HEAD = re.compile(r"^ref: (refs/heads/\S+)\tHEAD$", re.MULTILINE)


def must_not_be_the_default(listed: str, branch: str) -> PushRefused | None:
    """Why not to push to this branch, from what `git ls-remote --symref <url> HEAD` printed
    (https://git-scm.com/docs/git-ls-remote#_output); None for any branch that is not the default one."""
    default = _HEAD.search(listed)
    if default is None:
        return PushRefused("default", "it did not say which branch is the default one: ask again")
    if default[1] != branch_ref(branch):
        return None
    return PushRefused(
        "default", f"{branch!r} is the default branch, and an agent's commits get there by a pull request only: ask again"
    )


# What GitHub answers, and what a person can do about it; the first that is found decides.
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository, messages GH001, GH006, GH013
_REFUSALS: tuple[tuple[re.Pattern[str], RefusedBy, str], ...] = (
    (
        re.compile(r"without [`'\"]?workflows?[`'\"]? (?:permission|scope)"),
        "workflow",
        "the change touches workflow files, which this GitHub App may not push: make that part by hand",
    ),
    (
        re.compile(r"GH001|exceeds GitHub's file size limit"),
        "large-file",
        "GitHub found a file over its size limit: ask for it to be left out",
    ),
    (
        re.compile(r"GH013|[Rr]epository rule violations|push declined due to"),
        "rules",
        "the repository's rules do not allow it: let the App bypass the rule for its branches, or change the rule",
    ),
    (
        re.compile(r"GH006|[Pp]rotected branch"),
        "protected",
        "the branch is protected: allow the App to push to it, or ask on another branch",
    ),
    (re.compile(r"archived"), "permission", "the repository is archived: unarchive it first"),
    (
        re.compile(r"returned error: 401|Authentication failed|could not read Username|HTTP 401"),
        "token",
        "GitHub did not take the App's token: check that the App is still installed on this repository",
    ),
    (
        re.compile(r"returned error: 403|HTTP 403|Permission to .* denied|Write access to repository not granted"),
        "permission",
        "the App may not write to this repository: grant it `contents: write` and accept the new permissions",
    ),
    (
        re.compile(r"[Rr]epository\b.{0,200}\bnot found|returned error: (?:404|30\d)"),
        "permission",
        "the repository was not found: it was deleted or renamed, or the App is no longer installed on it",
    ),
    (
        re.compile(r"exists; cannot create|refusing to create funny ref|directory file conflict|invalid refspec"),
        "name",
        "the branch can't be made because of its name (a branch `harvest` stands in the way of `harvest/…`): rename that one",
    ),
)
_MOVED = re.compile(
    r"stale info|fetch first|non-fast-forward|remote ref updated since checkout"
    r"|reference already exists|is at \w+ but expected"
)


def read_push(stdout: str, stderr: str, exit_code: int, sha: str, branch: str) -> PushResult:
    """Decide from what `git push --porcelain` printed (https://git-scm.com/docs/git-push#_output)."""
    ref = branch_ref(branch)
    line = next((line for line in stdout.splitlines() if line[1:2] == "\t" and f":{ref}\t" in line), "")
    if line and exit_code == 0 and line[0] in " *+=":
        return Pushed(sha, already_there=line[0] == "=")
    said = f"{line}\n{stderr}"
    if line.startswith("!") and _MOVED.search(said):
        return Moved(moved(branch))
    for pattern, by, sentence in _REFUSALS:
        if pattern.search(said):
            return PushRefused(by, sentence)
    if line.startswith("!") and "remote failure" not in line:
        why = line.rpartition("(")[2].rstrip(")") or "it gave no reason"
        return PushRefused("other", f"the server said {why[:200]!r}: look at the settings for the branch {branch!r}")
    last = next((text.strip() for text in reversed(stderr.splitlines()) if text.strip()), "git said nothing")
    return Unreachable(f"GitHub could not be reached for the push to {branch!r} ({last[:200]})")
