"""A job as the session's comment and pull request show it, once it has come to its end."""

from __future__ import annotations

from github_app.domain.ask import Ask
from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.jobs.job_report import ending_in, report_in
from github_app.jobs.services import Services
from github_app.replies.comment import EndedJob
from state.jobs import Job
from state.sessions import Session


def ended_job_of(services: Services, session: Session, job: Job) -> EndedJob | None:
    """A job as the comment shows it; None before it has come to its end."""
    ending = ending_in(job)
    return None if ending is None else shown_job(services, session, job, ending, report_in(job))


def shown_job(services: Services, session: Session, job: Job, ending: Ending, report: JobReport) -> EndedJob:
    ask, pull = Ask.from_json(job.ask), session.pull_number
    return EndedJob(
        asked_by=ask.actor.login,
        asked=ask.shown,
        ending=ending,
        report=report,
        pull_url=services.web_url(session.repository, "pull", pull) if pull is not None else "",
        commit_url=services.web_url(session.repository, "commit", report.pushed_sha) if report.pushed_sha else "",
        answer_url=answer_url(services, session, ask, report),
    )


def comment_url(services: Services, session: Session, comment_id: int) -> str:
    """The session's comment on its thread, as people open it."""
    page = services.web_url(session.repository, "issues" if session.kind == "issue" else "pull", session.thread)
    return f"{page}#issuecomment-{comment_id}"


def answer_url(services: Services, session: Session, ask: Ask, report: JobReport) -> str:
    """The review on its pull request, the pull request that shows a plan, or the comment with the plan or the answer on the
    thread that was asked on, as people open them; empty without any."""
    if report.review is not None:
        pull = services.web_url(session.repository, "pull", report.review.pull)
        return f"{pull}#pullrequestreview-{report.review.id}"
    if report.plan is not None and report.plan.pull:
        return services.web_url(session.repository, "pull", report.plan.pull)
    comment_id = report.plan.comment_id if report.plan is not None else report.answer_comment_id
    if not comment_id:
        return ""
    on_an_issue = ask.target.place == "issue" and not ask.origin.thread
    page = services.web_url(session.repository, "issues" if on_an_issue else "pull", ask.said_in)
    return f"{page}#{'discussion_r' if ask.origin.inline else 'issuecomment-'}{comment_id}"
