"""Which branch a job's commits go to: the pull request's own, unless people treat that one as theirs.

The agent's commits reach a default branch, a protected one, or one that other pull requests are merged into, only through a
pull request: then the work goes to a branch of Harvest's own, with a pull request into the one it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from github_app.domain.ask import PullHead
from github_app.domain.ending import JobOver
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose
from github_app.jobs.branch_standing import look_at, why_not_to_push
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen
from github_app.publish.push import OWN_BRANCHES, branch_name
from github_app.publish.vet.rules import is_left_to_people
from github_app.replies import endings, wording

# GitHub lists no more files of a comparison.
FILES_LISTED = 300


async def choose_branch(context: JobContext) -> BranchChosen:
    """Where this job's commits go."""
    asked, session = context.ask.target, context.session
    pull = asked.pull
    of_our_own = session.branch or branch_name(asked.thread, asked.title)
    if pull is None:
        return BranchChosen(branch=of_our_own, base_branch=base_of_an_issue(context), must_exist=False)
    if pull.fork:
        return await beside_the_fork(context, pull, of_our_own)
    as_asked = BranchChosen(branch=pull.branch, base_branch=pull.base_branch, must_exist=True)
    if pull.number != session.thread:  # Harvest opened that one itself
        return as_asked
    why = why_not_to_push(await look_at(context, pull.branch, but=pull.number))
    if not why:
        return as_asked
    if not of_our_own.startswith(OWN_BRANCHES) or of_our_own == pull.branch:
        of_our_own = branch_name(asked.thread, asked.title)
    note = wording.not_pushed_to(pull.branch, why)
    return BranchChosen(branch=of_our_own, base_branch=pull.branch, must_exist=False, notes=(note,))


async def beside_the_fork(context: JobContext, pull: PullHead, of_our_own: str) -> BranchChosen:
    """A branch of Harvest's own, on top of what the pull request has: nobody but its people can push to a fork. Raises JobOver
    where its commits must not come here without a person."""
    if context.session.pull_number in (None, context.session.thread):  # they are not here yet
        workflows = await workflows_in(context, pull)
        if workflows:
            raise JobOver.of(endings.fork_changes_workflows(workflows))
    if not of_our_own.startswith(OWN_BRANCHES):
        of_our_own = branch_name(context.ask.target.thread, context.ask.target.title)
    note = wording.of_a_fork(pull.branch, pull.fork)
    return BranchChosen(
        branch=of_our_own,
        base_branch=pull.base_branch,
        must_exist=False,
        starts_at=head_ref(pull),
        notes=(note,),
    )


async def workflows_in(context: JobContext, pull: PullHead) -> list[str]:
    """The workflow files that it changes; a word on that where GitHub lists not all of its files.

    https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    compared = await compare(context, pull.base_branch, pull.sha)
    files = compared.get("files") or []
    paths = [path for file in files for path in (file["filename"], file.get("previous_filename") or "")]
    if len(files) >= FILES_LISTED:
        return [f"it changes {FILES_LISTED} files or more, of which GitHub lists no more"]
    return [path for path in dict.fromkeys(paths) if is_left_to_people(path.encode(), ())]


async def choose_branch_to_review(context: JobContext) -> BranchChosen:
    """As it stands when the job begins: a review says of which commit it is."""
    return msgspec.structs.replace(await choose_branch_to_read(context), any_head=True)


def head_ref(pull: PullHead) -> str:
    """Where a repository has the head of a pull request, also of one from a fork.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/checking-out-pull-requests-locally
    """
    return f"refs/pull/{pull.number}/head"


async def choose_branch_to_read(context: JobContext) -> BranchChosen:
    """Where this job looks: the pull request's branch, whosever it is, or what the session has done so far."""
    asked, session = context.ask.target, context.session
    if asked.pull is not None and asked.pull.fork:
        return BranchChosen(
            branch=f"pull-{asked.pull.number}-from-a-fork",
            base_branch=asked.pull.base_branch,
            must_exist=False,
            to_read=True,
            starts_at=head_ref(asked.pull),
        )
    if asked.pull is not None:
        return BranchChosen(branch=asked.pull.branch, base_branch=asked.pull.base_branch, must_exist=True, to_read=True)
    return BranchChosen(
        branch=session.branch or branch_name(asked.thread, asked.title),
        base_branch=base_of_an_issue(context),
        must_exist=False,
        to_read=True,
    )


async def choose_branch_to_rebase(context: JobContext) -> BranchChosen:
    """The branch that was worked on here, if all that it has beyond its base is Harvest's own. Raises JobOver where there is
    nothing to do, or nothing that may be done."""
    pull, session = context.ask.target.pull, context.session
    branch, base = (pull.branch, pull.base_branch) if pull is not None else (session.branch, session.base_branch)
    if branch is None or base is None:
        raise JobOver.of(endings.nothing_to_rebase())
    if why := why_not_to_push(
        await look_at(context, branch, but=pull.number if pull is not None else session.pull_number or 0)
    ):
        raise JobOver.of(endings.not_to_be_rebased(branch, why))
    beyond = await beyond_the_base(context, branch, base)
    if beyond.behind == 0 or not beyond.head_sha:
        raise JobOver.of(endings.on_top_already(branch, base))
    if beyond.others:
        raise JobOver.of(endings.not_ours_to_rebase(branch, beyond.others))
    return BranchChosen(branch=branch, base_branch=base, must_exist=True, onto_base=True, looked_at_sha=beyond.head_sha)


@dataclass(frozen=True)
class Beyond:
    """How a branch stands to its base: `behind` counts the commits that only the base has, `head_sha` is the last one that
    only the branch has, empty without any, and `others` are those whose commits among these are not Harvest's own."""

    behind: int
    head_sha: str
    others: list[str]


async def beyond_the_base(context: JobContext, branch: str, base: str) -> Beyond:
    """Ask GitHub how the branch stands to its base.

    https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    try:
        compared = await compare(context, base, branch)
    except Refused as problem:
        if problem.status != 404:
            raise
        raise JobOver.of(endings.nothing_to_put_on_top(branch, base)) from problem
    own = (await context.services.identity.git()).email
    authors = {
        commit["commit"]["author"]["name"] for commit in compared["commits"] if commit["commit"]["author"]["email"] != own
    }
    if compared["total_commits"] > len(compared["commits"]):  # GitHub lists the first 250
        authors.add(f"{compared['total_commits']} commits")
    head_sha = str(compared["commits"][-1]["sha"]) if compared["commits"] else ""
    return Beyond(int(compared["behind_by"]), head_sha, sorted(authors))


async def compare(context: JobContext, base: str, head: str) -> Any:
    """What GitHub says of the difference between two branches or commits."""
    session, services = context.session, context.services
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    path = f"{repository_path(session.repository)}/compare/{quote(base, safe='')}...{quote(head, safe='')}"
    return await services.github.with_token(token.value, "GET", path, job_id=context.job.id)


def base_of_an_issue(context: JobContext) -> str:
    """The branch that work on an issue starts from and goes to: a session stays with the one that it began with."""
    asked, default = context.ask.command.options.get("base"), context.ask.target.repository.default_branch
    return context.session.base_branch or asked or context.repository_settings.base_branch or default
