"""drop: the pull request that shows a plan was closed by a person, so the plan is not carried out. Said by the event, not in a
comment.
"""

from __future__ import annotations

from github_app.commands.verb import Call, Verb
from github_app.domain.ask import Ask
from github_app.jobs.plans import plans_of
from github_app.replies import plan_wording


async def drop(call: Call) -> str:
    """Nothing is kept of it: whether the pull request is open, the approval asks GitHub."""
    target, services = call.ask.target, call.services
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    jobs = [] if session is None else await services.jobs.of_session(session.id)
    shown = [posted for posted in plans_of(jobs) if posted.plan.pull == call.ask.said_in]
    if not shown or any(Ask.from_json(job.ask).plan_job == shown[-1].job.id for job in jobs):
        return "no plan waits there"
    version = shown[-1].plan.version
    await call.say(plan_wording.dropped(version, target.thread, call.word))
    return f"plan v{version} is dropped"


# GitHub lets nobody close it who may not, and it can be opened again.
VERB = Verb(name="drop", forms=(), permission="none", carry_out=drop)
