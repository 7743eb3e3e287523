"""Find the last push of the session that still stands, and where its branch is now."""

from __future__ import annotations

from github_app.domain.ending import JobOver
from github_app.jobs.branch_standing import must_not_be_theirs
from github_app.jobs.commits import head_of
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_in
from github_app.jobs.last_push import last_push
from github_app.jobs.results import BranchChosen, Ground, LastPushFound
from github_app.replies import endings


async def choose_branch_of_the_last_push(context: JobContext) -> BranchChosen:
    """Where that push went. Raises JobOver when there is none, or the branch is people's by now."""
    pushed = await last_push(context)
    if pushed is None:
        raise JobOver.of(endings.nothing_to_take_back())
    chosen = pushed.found(BranchChosen)
    if chosen.onto_base:
        raise JobOver.of(endings.rebase_stays(pushed.found(Ground).start_sha))
    await must_not_be_theirs(context, chosen.branch)
    return BranchChosen(branch=chosen.branch, base_branch=chosen.base_branch, must_exist=True)


async def find_last_push(context: JobContext) -> LastPushFound:
    pushed = await last_push(context)
    if pushed is None:
        raise JobOver.of(endings.nothing_to_take_back())
    head = await head_of(context)
    if head is None:
        raise JobOver.of(endings.branch_gone(context.branch))
    began = pushed.found(Ground)
    return LastPushFound(
        start_sha=head,
        base_sha=began.base_sha,
        branch_is_new=False,
        job_id=pushed.job.id,
        pushed_sha=report_in(pushed.job).pushed_sha,
        before_sha=began.start_sha,
        asked=pushed.asked,
    )
