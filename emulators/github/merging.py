"""Merging a pull request, with GitHub's three methods and its words. What forbids it is looked at first, in `merge_refusal`.

https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from emulators.github.changes import close, record
from emulators.github.clock import now
from emulators.github.errors import Refused
from emulators.github.git_merges import merged, rebased, squashed
from emulators.github.git_process import GitFailed
from emulators.github.git_repository import ABSENT, Commit, Signature
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import CLOSING_KEYWORDS, Issue, Pull
from emulators.github.model.merge_settings import MergeMethod
from emulators.github.model.repositories import Repository
from emulators.github.pushes import ref_moved
from emulators.github.rules.demands import Who, demands_on
from emulators.github.rules.merges import standing_of, unmet
from emulators.github.rules.pushes import words_of_api
from emulators.github.rules.results import results_on
from emulators.github.service import GitHub

_CLOSES = re.compile(rf"\b(?:{'|'.join(CLOSING_KEYWORDS)}):?\s+#(\d+)", re.IGNORECASE)
_CO_AUTHOR = re.compile(r"^Co-authored-by: .+>$", re.IGNORECASE | re.MULTILINE)
_NOT_ALLOWED: dict[MergeMethod, str] = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}


@dataclass(frozen=True)
class Merge:
    """How to merge: `title` and `message` are GitHub's own when None, and mean nothing to a rebase."""

    method: MergeMethod
    title: str | None = None
    message: str | None = None


async def merge_refusal(
    repo: Repository, issue: Issue, method: MergeMethod, sha: str | None, who: Who | None
) -> Refused | None:
    """Why a pull request can't be merged as it stands. https://docs.github.com/rest/pulls/pulls#merge-a-pull-request"""
    pull = _of(issue)
    if issue.state == "closed":
        return Refused(405, "Pull Request is not mergeable")
    if pull.draft:
        return Refused(405, "Pull Request is still a draft")
    if sha not in (None, pull.head_sha):
        return Refused(409, "Head branch was modified. Review and try the merge again.")
    if method not in repo.merging.methods:
        return Refused(405, f"{_NOT_ALLOWED[method]} are not allowed on this repository.")
    demands = demands_on(repo, f"refs/heads/{pull.base_ref}", who, merging=True)
    if not demands:
        return None
    behind = not await repo.git.is_ancestor(pull.base_sha, pull.head_sha)
    standing = standing_of(repo, pull, behind=behind, results=results_on(repo, pull.head_sha))
    broken = unmet(demands, standing, method)
    return Refused(405, words_of_api(broken)) if broken else None


async def merge(github: GitHub, repo: Repository, issue: Issue, how: Merge, sender: Account) -> str:
    """Merge it now and give the commit that its base has then. Issues that it closes are closed. Raises Refused 405."""
    pull = _of(issue)
    before = pull.base_sha
    sha = await _commit(repo, issue, pull, how, sender)
    if sha is None:
        words = "This branch can't be rebased due to conflicts" if how.method == "rebase" else "Pull Request is not mergeable"
        raise Refused(405, words)
    try:
        await repo.git.update_ref(f"refs/heads/{pull.base_ref}", sha, before)
    except GitFailed as moved:
        raise Refused(405, "Base branch was modified. Review and try the merge again.") from moved
    pull.merged_at, pull.merged_by, pull.merge_commit_sha, pull.auto_merge = now(), sender, sha, None
    record(github, issue, "merged", sender, commit_id=sha)
    await close(github, repo, issue, sender)
    await ref_moved(github, repo, f"refs/heads/{pull.base_ref}", before, sha, sender)
    if repo.merging.delete_branch and pull.fork is None and (head := await repo.git.branch(pull.head_ref)):
        await repo.git.delete_ref(f"refs/heads/{pull.head_ref}")
        await ref_moved(github, repo, f"refs/heads/{pull.head_ref}", head, ABSENT, sender)
    if pull.base_ref == repo.default_branch:
        for number in _CLOSES.findall(f"{issue.title}\n{issue.body or ''}"):
            if (closed := repo.issues.get(int(number))) and not closed.pull:
                await close(github, repo, closed, sender, commit=sha)
    return sha


async def _commit(repo: Repository, issue: Issue, pull: Pull, how: Merge, sender: Account) -> str | None:
    base, head = pull.base_sha, pull.head_sha
    match how.method:
        case "merge":
            owner = (pull.fork or repo).owner.login
            title = how.title or f"Merge pull request #{issue.number} from {owner}/{pull.head_ref}"
            message = issue.title if how.message is None else how.message
            return await merged(repo.git, base, head, f"{title}\n\n{message}\n", author_of(sender))
        case "squash":
            commits = list(reversed(await repo.git.commits(head, f"^{base}")))
            title = how.title or f"{_squash_title(issue, commits)} (#{issue.number})"
            author = author_of(issue.author)
            message = _squash_message(commits, author.email) if how.message is None else how.message
            return await squashed(repo.git, base, head, f"{title}\n\n{message}".strip() + "\n", author)
        case "rebase":
            return await rebased(repo.git, base, head, now().isoformat())


def author_of(account: Account) -> Signature:
    """How an account signs the commits that GitHub writes for it."""
    email = f"{account.id}+{account.login}@users.noreply.github.com"
    return Signature(account.name or account.login, email, now().isoformat())


def _squash_title(issue: Issue, commits: Sequence[Commit]) -> str:
    """ "If there's only one commit, its title; otherwise the pull request's."
    https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/configuring-commit-squashing-for-pull-requests
    """
    return commits[0].message.split("\n")[0] if len(commits) == 1 else issue.title


def _squash_message(commits: Sequence[Commit], own_email: str) -> str:
    """Of one commit the rest of its message; of several all messages, as a list. Whoever else had a part in it stands at its
    end. https://docs.github.com/pull-requests/committing-changes-to-your-project/creating-and-editing-commits/creating-a-commit-with-multiple-authors
    """
    texts = [_CO_AUTHOR.sub("", commit.message).strip() for commit in commits]
    written = texts[0].partition("\n")[2].strip() if len(texts) == 1 else "\n\n".join(f"* {text}" for text in texts)
    named = [line for commit in commits for line in _CO_AUTHOR.findall(commit.message)]
    named += [f"Co-authored-by: {one.author.name} <{one.author.email}>" for one in commits if one.author.email != own_email]
    trailers = list({line.lower(): line for line in named}.values())
    return "\n\n".join(part for part in (written, "\n".join(trailers)) if part)


def _of(issue: Issue) -> Pull:
    if issue.pull is None:
        raise ValueError(f"#{issue.number} is not a pull request")
    return issue.pull
