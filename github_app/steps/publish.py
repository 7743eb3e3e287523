"""Publish: one push of one ref, with a lease, and the pull request opened or brought up to date."""

from __future__ import annotations

import asyncio

from github_app.ending import JobOver
from github_app.github.failures import Passing
from github_app.github.tokens import Purpose
from github_app.push import Moved, Pushed, PushRefused, Unreachable, push
from github_app.replies.session_pull import open_or_update_pull
from github_app.steps.vet import vetted_commits
from github_app.vet.clean_git import Remote
from github_app.work import Work

RETRY_SECONDS = 5.0
KEPT = "The work is in the session's sandbox."


async def publish(work: Work) -> None:
    sha = work.job.detail["vetted_sha"]
    await push_commits(work, sha)
    await work.remember(pushed_sha=sha)
    await work.harvest.jobs.update(work.job.id, head_sha=sha)
    await asyncio.to_thread(work.saved_commits.unlink, missing_ok=True)
    work = await Work.load(work.harvest, work.job.id, first_try=work.first_try)
    number = await open_or_update_pull(work, await work.thread())
    if number != work.session.pull_number:
        await work.harvest.sessions.update(work.session.id, pull_number=number)


async def push_commits(work: Work, sha: str) -> None:
    """Push the vetted commits. The token for it is made now, after the agent has ended, and used for this alone."""
    harvest, session, detail = work.harvest, work.session, work.job.detail
    repository = work.folder / "vetted.git"
    if not await asyncio.to_thread(repository.exists):
        sha = (await vetted_commits(work)).head_sha
    token = await harvest.tokens.get(session.installation_id, session.repository_id, Purpose.PUSH)
    expected = None if detail["branch_is_new"] else detail["start_sha"]
    match await push(repository, Remote(work.remote_url, token.value), sha, work.branch, expected):
        case Pushed():
            return
        case Moved(sentence):
            advice = "Ask again: the agent then starts from the branch as it is."
            raise JobOver("refused", f"The result was not pushed: {sentence}.", kept=KEPT, advice=advice)
        case PushRefused(_, sentence):
            raise JobOver("refused", f"GitHub refused the push: {sentence}.", kept=KEPT)
        case Unreachable(sentence):
            raise Passing("git push", sentence, RETRY_SECONDS)
