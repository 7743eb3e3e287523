"""Show the pull request: opened, or brought up to date, with what the branch is now."""

from __future__ import annotations

import msgspec

from github_app.domain import session_events as events
from github_app.jobs.agent.issues import owe_of_a_pull
from github_app.jobs.commits import left_base_at
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_of
from github_app.jobs.reporting.asked_to_look import ask_people_to_look
from github_app.jobs.reporting.session_pull import open_or_update_pull
from github_app.jobs.results import PullRequestShown
from github_app.jobs.screenshots import show_screenshots
from github_app.replies.endings import PUBLISHED


async def show_pull_request(context: JobContext) -> PullRequestShown:
    screenshots, not_shown = await show_screenshots(context)
    report = msgspec.structs.replace(report_of(context.results), screenshots=screenshots)
    shown = await open_or_update_pull(context, PUBLISHED, report)
    number, problems = shown.number, [*not_shown, *shown.notes]
    if number != context.session.pull_number:
        problems += await ask_people_to_look(context, number)
        await context.services.sessions.update(context.session.id, pull_number=number)
    if number != context.session.thread:
        await owe_of_a_pull(context, number)
    await context.append(events.PullRequestShown(number=number))
    return PullRequestShown(
        number=number, left_base_at=await left_base_at(context), screenshots=screenshots, notes=tuple(problems)
    )
