"""Publish: one push of one ref, with a lease, and the pull request opened or brought up to date.

Where this machine has nothing to push any more, the commits are brought out of the sandbox and vetted again; unless they were
pushed before it came to that.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from github_app.domain.ending import JobOver
from github_app.github.client import repository_path
from github_app.github.failures import Passing, Refused
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.session_pull import open_or_update_pull
from github_app.jobs.steps.vet import vetted_commits
from github_app.publish.push import Moved, Pushed, PushRefused, Unreachable, push
from github_app.publish.vet.clean_git import Remote

RETRY_SECONDS = 5.0


async def publish(context: JobContext) -> None:
    sha = await push_commits(context)
    await context.remember(pushed_sha=sha)
    await context.services.jobs.update(context.job.id, head_sha=sha)
    await asyncio.to_thread(context.saved_commits.unlink, missing_ok=True)
    context = await JobContext.load(context.services, context.job.id, first_try=context.first_try)
    number = await open_or_update_pull(context, await context.thread())
    if number != context.session.pull_number:
        await context.services.sessions.update(context.session.id, pull_number=number)


async def push_commits(context: JobContext) -> str:
    """Push the vetted commits; gives the last one's id. The token for it is made now, after the agent has ended, and used for
    this alone."""
    services, session, detail = context.services, context.session, context.job.detail
    sha: str = detail["vetted_sha"]
    repository = context.folder / "vetted.git"
    if not await asyncio.to_thread(repository.exists):
        if await head_of(context) == sha:
            return sha
        sha = (await vetted_commits(context)).head_sha
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.PUSH)
    expected = None if detail["branch_is_new"] else detail["start_sha"]
    match await push(repository, Remote(context.remote_url, token.value), sha, context.branch, expected):
        case Pushed():
            return sha
        case Moved(sentence):
            advice = "Ask again: the agent then starts from the branch as it is."
            raise JobOver("refused", f"The result was not pushed: {sentence}.", advice=advice)
        case PushRefused(_, sentence):
            raise JobOver("refused", f"GitHub refused the push: {sentence}.")
        case Unreachable(sentence):
            raise Passing("git push", sentence, RETRY_SECONDS)


async def head_of(context: JobContext) -> str | None:
    """Where the job's branch is on GitHub; None when there is none.

    https://docs.github.com/en/rest/branches/branches#get-a-branch
    """
    session = context.session
    token = await context.services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    path = f"{repository_path(session.repository)}/branches/{quote(context.branch, safe='')}"
    try:
        branch = await context.services.github.with_token(token.value, "GET", path, job_id=context.job.id)
    except Refused as problem:
        if problem.status != 404:
            raise
        return None
    return str(branch["commit"]["sha"])
