"""Push: one push of one ref, with a lease.

Where this machine has nothing to push any more, the commits are brought out of the sandbox and vetted again; unless they were
pushed before it came to that.
"""

from __future__ import annotations

from github_app.domain.session_events import Pushed
from github_app.jobs.commits import push_commits
from github_app.jobs.context import JobContext
from github_app.jobs.results import CommitsCollected, CommitsPushed, CommitsVetted
from github_app.jobs.saved_commits import forget_saved_commits


async def push(context: JobContext) -> CommitsPushed:
    vetted, collected = context.found(CommitsVetted), context.found(CommitsCollected)
    sha = await push_commits(context, vetted.head_sha, not_after=collected.collected_at)
    await context.services.jobs.update(context.job.id, head_sha=sha)
    await context.append(Pushed(sha=sha))
    await forget_saved_commits(context)
    return CommitsPushed(head_sha=sha)
