"""The session's pull request: opened once, adopted if it is there already, its description kept up to date."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport, sum_of
from github_app.github.paths import repository_path
from github_app.github.pulls import find_pull, open_pull
from github_app.github.threads import Thread, create_or_adopt
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.shown_jobs import ended_job_of, shown_job
from github_app.jobs.results import BranchChosen, CommitsVetted, Ground, WorkspacePrepared
from github_app.replies import wording
from github_app.replies.comment import EndedJob
from github_app.replies.pull_request import body_of, is_as_written, title_of
from github_app.replies.spawning import done_elsewhere

# GitHub tells of an edit within seconds; a job is written down soon after its pull request was looked at.
TOLD_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class ShownPull:
    """The pull request that carries the session's branch, and sentences on what is not as it was meant to be there."""

    number: int
    notes: tuple[str, ...] = ()


async def open_or_update_pull(context: JobContext, ending: Ending, report: JobReport) -> ShownPull:
    """The open pull request that carries the session's branch. `ending` and `report` are this job's, as far as they are known.

    A person's own pull request is left as it is written: only one that Harvest opened has a description of Harvest's.
    """
    if context.on_a_persons_pull:
        return ShownPull(context.session.thread)
    thread = await context.thread()
    this_job = shown_job(context.services, context.session, context.job, ending, report)
    ended_jobs = [*await published_before(context), this_job]
    whole = await seen_of_the_whole(context, ended_jobs)
    command = context.services.command_in(context.session.repository_id)
    where = "\n\n".join([asked_on(context), *await started_elsewhere(context)])
    body = body_of(ended_jobs, command, where, whole, await template_for(context))
    number = context.session.pull_number
    if number is not None and number != context.session.thread:
        updated = await update_pull(context, thread, number, ended_jobs, body)
        if updated is not None:
            return updated
        # That one was merged or closed since: the new work gets one of its own.
    return ShownPull(
        await create_or_adopt(
            lambda: create_pull(context, thread, this_job, body),
            lambda: find_pull(thread, context.branch),
            look_first=not context.first_try,
        )
    )


async def update_pull(
    context: JobContext, thread: Thread, number: int, ended_jobs: list[EndedJob], body: str
) -> ShownPull | None:
    """Give the pull request this description, and the agent's new title; what a person has written there stays. None when it
    is not open any more."""
    now = as_told(context, number) or await as_it_is(thread, number)
    if now is None:
        return None
    titles = [
        title_of(each.report.title, context.ask.target.title, half_way=stopped(each.ending))
        for each in ended_jobs
        if each is ended_jobs[0] or each.report.title or stopped(each.ending)
    ]
    changes = {"title": titles[-1]} if now.title in titles[:-1] and now.title != titles[-1] else {}
    changes |= {"body": body} if now.as_written and now.body != body else {}
    if changes and (await thread.request("PATCH", f"/pulls/{number}", changes))["state"] != "open":
        return None
    return ShownPull(number, () if now.as_written else (wording.description_stays(number),))


@dataclass(frozen=True)
class Described:
    """The title and text of a pull request. `body` is None where only is known that nobody has changed Harvest's."""

    title: str
    body: str | None
    as_written: bool


def as_told(context: JobContext, number: int) -> Described | None:
    """How it is described if that is known without asking: it was looked at when the job was asked for, and GitHub tells of
    edits. None where it must be asked: somebody else has edited or closed it since, or may have while nobody listened."""
    pull, session, asked_at = context.ask.target.pull, context.session, context.job.created_at
    if pull is None or pull.number != number or not pull.as_written or session.closed_at is not None:
        return None
    if asked_at < context.services.listens_since or (session.pull_edited_at or 0.0) > asked_at - TOLD_WITHIN_SECONDS:
        return None
    return Described(pull.title, None, as_written=True)


async def as_it_is(thread: Thread, number: int) -> Described | None:
    """None when it is not open any more."""
    now = await thread.request("GET", f"/pulls/{number}")
    return Described(now["title"], now["body"], is_as_written(now["body"] or "")) if now["state"] == "open" else None


async def template_for(context: JobContext) -> str:
    """The template that this job's agent was told, else that of the last job which had an agent."""
    for job in reversed(await context.services.jobs.of_session(context.session.id)):
        if job.number <= context.job.number:
            prepared = (await JobContext.load(context.services, job.id)).latest(WorkspacePrepared)
            if prepared is not None:
                return prepared.template
    return ""


def stopped(ending: Ending) -> bool:
    """Whether that was published of a job which came to no end."""
    return ending.outcome == "stopped"


async def seen_of_the_whole(context: JobContext, ended_jobs: list[EndedJob]) -> JobReport:
    """What was seen of all the jobs on the branch, and all that it changes since it left its base, as GitHub shows it where
    the job itself can't tell.

    https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    whole = sum_of([each.report for each in ended_jobs])
    if context.found(Ground).branch_is_new and not context.found(BranchChosen).starts_at:
        return whole  # this job's changes are all there are
    vetted = context.latest(CommitsVetted)
    if vetted is not None and vetted.whole is not None:
        return whole.with_changes(vetted.whole.files, vetted.whole.insertions, vetted.whole.deletions, whole.commits)
    session = context.session
    token = await context.services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    between = f"{quote(session.base_branch or '', safe='')}...{whole.pushed_sha}"
    path = f"{repository_path(session.repository)}/compare/{between}"
    compared = await context.services.github.with_token(token.value, "GET", path, job_id=context.job.id)
    files = compared["files"]
    added, removed = (sum(int(file[count]) for file in files) for count in ("additions", "deletions"))
    return whole.with_changes(tuple(file["filename"] for file in files), added, removed, int(compared["total_commits"]))


def asked_on(context: JobContext) -> str:
    """The line that links the pull request with where it was asked for. Its keyword is the only one that reaches GitHub:
    Harvest's own, for an issue that the pull request does away with."""
    return f"{'Closes' if context.session.kind == 'issue' else 'Asked for on'} #{context.session.thread}"


async def started_elsewhere(context: JobContext) -> list[str]:
    """A line on what the session's agents have had begun in other repositories, if anything."""
    found = await context.services.children.of_session(context.session.id)
    links = [f"{child.repository}#{child.issue}" for child in found if child.job_id is not None]
    return [done_elsewhere(links)] if links else []


async def published_before(context: JobContext) -> list[EndedJob]:
    """The session's earlier jobs that pushed something, oldest first."""
    services, session = context.services, context.session
    earlier = [job for job in await services.jobs.of_session(session.id) if job.number < context.job.number]
    shown = [ended_job_of(services, session, job) for job in earlier]
    return [job for job in shown if job is not None and job.report.pushed_sha]


async def create_pull(context: JobContext, thread: Thread, this_job: EndedJob, body: str) -> int:
    """Open it, as a draft unless the repository's plan has none."""
    new = {
        "title": title_of(this_job.report.title, context.ask.target.title, half_way=stopped(this_job.ending)),
        "head": context.branch,
        "base": context.session.base_branch,
        "body": body,
        "draft": stopped(this_job.ending) or wants_draft(context),
    }
    return await open_pull(thread, new)


def wants_draft(context: JobContext) -> bool:
    """As it was asked for, else as it is set."""
    options = context.ask.command.options
    return "draft" in options or ("ready" not in options and context.narrowed.draft)
