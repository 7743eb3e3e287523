"""Brings a pull request's branch up to its base, by a merge. https://docs.github.com/rest/pulls/pulls#update-a-pull-request-branch"""

from __future__ import annotations

from emulators.github.errors import unprocessable
from emulators.github.git_merges import merged
from emulators.github.merging import author_of
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.pushes import ref_moved
from emulators.github.service import GitHub


async def update_branch(github: GitHub, repo: Repository, issue: Issue, pull: Pull, sender: Account) -> None:
    """Raises Refused 422 when there is nothing to do, or a conflict."""
    head, where = pull.head_sha, pull.fork or repo
    if issue.state == "closed":
        raise unprocessable("Cannot update a closed pull request.")
    if await repo.git.is_ancestor(pull.base_sha, head):
        raise unprocessable("There are no new commits on the base branch.")
    message = f"Merge branch '{pull.base_ref}' into {pull.head_ref}\n"
    sha = await merged(repo.git, head, pull.base_sha, message, author_of(sender))
    if sha is None:
        raise unprocessable("merge conflict between base and head")
    ref = f"refs/heads/{pull.head_ref}"
    await where.git.take(repo.git, sha)
    await where.git.update_ref(ref, sha, head)
    await ref_moved(github, where, ref, head, sha, sender)
