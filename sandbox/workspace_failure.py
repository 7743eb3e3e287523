"""What can be wrong with a repository before any work is done on it, each with a sentence for the person who asked."""

from __future__ import annotations

import re

from sandbox.sizes import megabytes


class WorkspaceError(Exception):
    """The workspace could not be made ready; the message is a sentence for a person. `retryable`: trying again may help."""

    retryable = False


class RepositoryEmpty(WorkspaceError):
    """The repository has no commit yet."""


class RepositoryTooLarge(WorkspaceError):
    """The repository, or its checkout, is over the limit."""


class RepositoryGone(WorkspaceError):
    """There is no such repository, or the App can't see it any more."""


class BranchGone(WorkspaceError):
    """A branch that must be there is not."""


class WorkspaceDamaged(WorkspaceError):
    """Git can't go on with the repository in the workspace as an earlier run left it."""


class ReadTokenRefused(WorkspaceError):
    """The server didn't take the read token."""


class RepositoryUnreachable(WorkspaceError):
    """The server didn't answer, or not to the end."""

    retryable = True


# What git prints (LC_ALL=C, git 2.30 to 2.50) for each; the first that is found decides, so the exact ones come first.
_TOO_LARGE = re.compile(r"File too large|died of signal 25|file size limit exceeded", re.IGNORECASE)
_NO_BRANCH = re.compile(r"couldn't find remote ref (\S+)")
_NO_COMMIT = re.compile(r"not our ref|[Uu]nadvertised object|no such remote ref")
_GONE = re.compile(r"[Rr]epository\b.{0,200}\bnot found|returned error: (?:404|30\d)|does not appear to be a git repository")
# Of the repository that is fetched into, whatever the remote is like.
_DAMAGED = re.compile(
    r"cannot lock ref|unable to (?:update local|resolve) ref|\.lock': File exists|[Bb]ad object|unable to read|corrupt"
    r"|(?:did not|failed to) (?:send|traverse)|broken link|invalid object|unable to parse"
)
_REFUSED = re.compile(r"Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|HTTP 40[13]")


def explain_fetch_failure(stderr: str, remote_url: str, max_bytes: int) -> WorkspaceError:
    """The typed error for what `git ls-remote` or `git fetch` printed when it failed."""
    if _TOO_LARGE.search(stderr):
        return too_large(remote_url, max_bytes)
    if found := _NO_BRANCH.search(stderr):
        return branch_gone(remote_url, found[1].removeprefix("refs/heads/"))
    if _NO_COMMIT.search(stderr):
        return BranchGone(
            f"the commit that the work began from is not on {remote_url} any more: its branch was rewritten; ask again"
        )
    if _GONE.search(stderr):
        return RepositoryGone(
            f"{remote_url} was not found: it was deleted or renamed, or the GitHub App is no longer installed on it"
        )
    if _REFUSED.search(stderr):
        return ReadTokenRefused(
            f"GitHub refused the read token for {remote_url}: check that the App is installed on this repository "
            "and has the permission `contents: read`"
        )
    last = next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "git said nothing")
    return RepositoryUnreachable(f"{remote_url} could not be fetched ({last[:200]}): try again in a while")


def explain_damage(stderr: str) -> WorkspaceDamaged | None:
    """The typed error for what git printed, if the repository in the workspace is at fault and not the remote's; else None."""
    said_here = (line.strip() for line in stderr.splitlines() if not line.startswith("remote:"))
    found = next((line for line in said_here if _DAMAGED.search(line)), None)
    return None if found is None else WorkspaceDamaged(f"the workspace's repository is damaged ({found[:200]}): ask again")


def too_large(remote_url: str, max_bytes: int) -> RepositoryTooLarge:
    """The error for a repository of more than `max_bytes`."""
    return RepositoryTooLarge(
        f"{remote_url} is larger than {megabytes(max_bytes)}, which is the most that Harvest clones: "
        "keep its large files in Git LFS, whose contents are left where they are, or split it"
    )


def branch_gone(remote_url: str, branch: str) -> BranchGone:
    """The error for a branch that is not on the remote."""
    return BranchGone(f"the branch {branch!r} is not on {remote_url} any more: push it again, or start over from an issue")
