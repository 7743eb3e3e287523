"""Publish: one push of one ref, with a lease, and the pull request opened or brought up to date.

Where this machine has nothing to push any more, the commits are brought out of the sandbox and vetted again; unless they were
pushed before it came to that.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from github_app.ending import JobOver
from github_app.github.client import repository_path
from github_app.github.failures import Passing, Refused
from github_app.github.tokens import Purpose
from github_app.push import Moved, Pushed, PushRefused, Unreachable, push
from github_app.replies.session_pull import open_or_update_pull
from github_app.steps.vet import vetted_commits
from github_app.vet.clean_git import Remote
from github_app.work import Work

RETRY_SECONDS = 5.0


async def publish(work: Work) -> None:
    sha = await push_commits(work)
    await work.remember(pushed_sha=sha)
    await work.harvest.jobs.update(work.job.id, head_sha=sha)
    await asyncio.to_thread(work.saved_commits.unlink, missing_ok=True)
    work = await Work.load(work.harvest, work.job.id, first_try=work.first_try)
    number = await open_or_update_pull(work, await work.thread())
    if number != work.session.pull_number:
        await work.harvest.sessions.update(work.session.id, pull_number=number)


async def push_commits(work: Work) -> str:
    """Push the vetted commits; gives the last one's id. The token for it is made now, after the agent has ended, and used for
    this alone."""
    harvest, session, detail = work.harvest, work.session, work.job.detail
    sha: str = detail["vetted_sha"]
    repository = work.folder / "vetted.git"
    if not await asyncio.to_thread(repository.exists):
        if await head_of(work) == sha:
            return sha
        sha = (await vetted_commits(work)).head_sha
    token = await harvest.tokens.get(session.installation_id, session.repository_id, Purpose.PUSH)
    expected = None if detail["branch_is_new"] else detail["start_sha"]
    match await push(repository, Remote(work.remote_url, token.value), sha, work.branch, expected):
        case Pushed():
            return sha
        case Moved(sentence):
            advice = "Ask again: the agent then starts from the branch as it is."
            raise JobOver("refused", f"The result was not pushed: {sentence}.", advice=advice)
        case PushRefused(_, sentence):
            raise JobOver("refused", f"GitHub refused the push: {sentence}.")
        case Unreachable(sentence):
            raise Passing("git push", sentence, RETRY_SECONDS)


async def head_of(work: Work) -> str | None:
    """Where the job's branch is on GitHub; None when there is none.

    https://docs.github.com/en/rest/branches/branches#get-a-branch
    """
    session = work.session
    token = await work.harvest.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    path = f"{repository_path(session.repository)}/branches/{quote(work.branch, safe='')}"
    try:
        branch = await work.harvest.github.with_token(token.value, "GET", path, job_id=work.job.id)
    except Refused as problem:
        if problem.status != 404:
            raise
        return None
    return str(branch["commit"]["sha"])
