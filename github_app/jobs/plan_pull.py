"""The pull request that shows a plan: a draft whose branch has the plan's file and nothing else beyond its base, one commit a
version. People review it like any other; it is never merged, and the work on the plan has a branch of its own.

The branch is made by Harvest and not by the agent, whose sandbox can only read.
"""

from __future__ import annotations

from dataclasses import dataclass

from github_app.domain.plan import Plan
from github_app.github.failures import Passing, Refused
from github_app.github.pulls import find_pull, open_pull
from github_app.github.threads import create_or_adopt
from github_app.github.tokens import Purpose
from github_app.jobs.agent.planning import AUTO
from github_app.jobs.commits import head_of
from github_app.jobs.context import JobContext
from github_app.jobs.plan_file import plan_path
from github_app.jobs.results import WorkspacePrepared
from github_app.jobs.workspace import RETRY_SECONDS, try_again_if_it_passes
from github_app.publish.one_file import OneFile, put_on_top
from github_app.publish.push import Moved, Pushed, PushRefused, PushResult, Unreachable, plan_branch_name
from github_app.publish.vet.clean_git import GitFailed, Remote
from github_app.replies.plan import PlanToPost
from github_app.replies.plan_pull import plan_commit_message, plan_file_content, plan_pull_body, plan_pull_title
from github_app.replies.pull_request import is_as_written
from sandbox.workspace_failure import BranchGone, WorkspaceError
from state.holding import must_be_ours

FOLDER = "plan.git"


class NotShown(Exception):
    """The plan can't be shown in a pull request; the message says why, and can follow a colon."""


@dataclass(frozen=True)
class PlanPull:
    """Where the plan is shown: as in `Plan`. `before_sha` is the commit of the version before, empty for the first one."""

    number: int
    branch: str
    sha: str
    file: str
    before_sha: str


def is_shown_in_a_pull(context: JobContext) -> bool:
    """Whether the repository wants that. On a pull request there is one already, and what is carried out by itself waits for
    nobody's review."""
    ask = context.ask
    return (
        context.repository_settings.plan == "pull-request"
        and ask.target.place == "issue"
        and ask.target.pull is None
        and ask.command.verb != AUTO
    )


async def show_in_a_pull(context: JobContext, plan: PlanToPost, title: str, before: Plan | None) -> PlanPull:
    """Push the plan's file, and open the pull request or bring it up to date; `before` is the version before. Repeating it
    pushes and opens nothing anew. Raises NotShown, Passing."""
    last = before if before is not None and before.pull else None
    thread = context.ask.target.thread
    branch = plan_branch_name(thread, context.ask.target.title) if last is None else last.pull_branch
    path = plan_path(context.branch, context.entered_at) if last is None else last.file
    try:
        sha = await pushed(context, plan, branch, path, "" if last is None else last.pull_sha)
        number = await opened(
            context, plan, title, branch, context.services.web_url(context.session.repository, "blob", sha, path), last
        )
    except Refused as problem:
        raise NotShown(str(problem)) from problem
    await context.services.sessions.update(context.session.id, plan_pull=number)
    return PlanPull(number, branch, sha, path, "" if last is None else last.pull_sha)


async def pushed(context: JobContext, plan: PlanToPost, branch: str, path: str, last_sha: str) -> str:
    """Push the file on top of the version before, or of what the plan was made on. What somebody else has pushed to the branch
    stays below it."""
    services, session = context.services, context.session
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.PUSH)
    context.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = OneFile(
        folder=context.folder / FOLDER,
        remote=Remote(context.remote_url, token.value),
        branch=branch,
        path=path,
        content=plan_file_content(plan.text).encode(),
        message=plan_commit_message(plan.version, context.ask.target.thread),
        identity=await services.identity.git(),
        date=round(context.entered_at),
    )
    base_sha = context.found(WorkspacePrepared).base_sha
    done = await on_top_of(context, file, last_sha or base_sha, last_sha or None)
    if isinstance(done, Moved):
        head = await head_of(context, branch)
        done = await on_top_of(context, file, head or base_sha, head)
    match done:
        case Pushed(sha):
            return sha
        case Unreachable(sentence):
            raise Passing("git push", sentence, RETRY_SECONDS)
        case Moved(sentence) | PushRefused(_, sentence):
            raise NotShown(sentence)
        case _:
            raise NotShown("its base branch is gone")


async def on_top_of(context: JobContext, file: OneFile, parent: str, expected: str | None) -> PushResult:
    await must_be_ours()
    try:
        return await put_on_top(file, parent, expected=expected)
    except BranchGone as problem:
        return Moved(str(problem))
    except WorkspaceError as problem:
        try_again_if_it_passes(context, problem)
        raise NotShown(str(problem)) from problem
    except GitFailed as problem:
        raise NotShown(str(problem)) from problem


async def opened(context: JobContext, plan: PlanToPost, title: str, branch: str, file_url: str, last: Plan | None) -> int:
    """The open pull request from the branch, with the title and text of this version. Where a person has written something
    else there, that stays."""
    thread, target = await context.thread(), context.ask.target
    titled, body = plan_pull_title(title, target.title), plan_pull_body(plan, target.thread, file_url)
    if last is not None:
        now = await thread.request("GET", f"/pulls/{last.pull}")
        if now["state"] == "open":
            changes = {"body": body} if is_as_written(now["body"] or "") else {}
            await thread.request("PATCH", f"/pulls/{last.pull}", {"title": titled, **changes})
            return last.pull
    new = {"title": titled, "head": branch, "base": plan.base_branch, "body": body, "draft": True}
    return await create_or_adopt(
        lambda: open_pull(thread, new), lambda: find_pull(thread, branch), look_first=not context.first_try
    )
