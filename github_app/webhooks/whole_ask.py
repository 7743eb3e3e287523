"""The whole of what an event asks: a review is read to its end; what is said on a plan is about its issue; a button belongs
to a job, whose row has what it is about."""

from __future__ import annotations

from github_app.domain.ask import Ask, By
from github_app.jobs.services import Services
from github_app.webhooks.asks import Press, by_press
from github_app.webhooks.events import Event, Ignored, anybody_can_say
from github_app.webhooks.plan_pulls import about_its_issue
from github_app.webhooks.reviews import whole_review
from state.jobs import Job


def takes_reading(ask: Ask) -> bool:
    """Whether anybody can make `ask_in` ask GitHub by it: for the rest of a review, for the issue that a plan is for."""
    return anybody_can_say(ask) and (ask.origin.by is By.REVIEW or ask.target.place == "pull")


async def ask_in(event: Event, services: Services) -> Ask | Ignored:
    """The ask that an event is, or why there is none in it."""
    if isinstance(event, Ask):
        said = await whole_review(event, services) if event.origin.by is By.REVIEW else event
        return await about_its_issue(said, services)
    if not isinstance(event, Press):
        return event
    job = await job_of(event, services)
    if isinstance(job, Ignored):
        return job
    session = await services.sessions.get(job.session_id)
    # A check run's external_id can be set by anyone who may write checks: the job must be of this repository.
    if session.repository_id != event.where.repository.id:
        return Ignored("the check run's job belongs to another repository")
    return by_press(event, job.id, Ask.from_json(job.ask), session.pull_number)


async def job_of(press: Press, services: Services) -> Job | Ignored:
    if press.head_sha:
        latest = await services.jobs.latest_on_commit(press.where.repository.id, press.head_sha)
        return latest or Ignored("no job reported on that commit")
    try:
        return await services.jobs.get(press.job_id)
    except KeyError:
        return Ignored("the check run's job is not known here")
