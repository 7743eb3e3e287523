"""How a job ends and what it has to show, put together from what its steps found out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.jobs.results import (
    AgentRan,
    CommitsPushed,
    CommitsVetted,
    HalfDoneKept,
    KeptWorkFound,
    LastPushFound,
    PlanPosted,
    PromptComposed,
    PullRequestShown,
    ReviewSubmitted,
    SandboxOpened,
    StepResult,
    VerdictsRead,
)
from github_app.replies import endings, wording
from state.jobs import Job


def ending_of(said: Ending | None, results: Sequence[StepResult]) -> Ending:
    """The job's end: as the step said that ended it (`said`), else that of a job that came through all of its recipe. What was
    found to be kept of its work counts more than what that step supposed."""
    pushed = any(isinstance(result, CommitsPushed) for result in results)
    planned = any(isinstance(result, PlanPosted) for result in results)
    reviewed = any(isinstance(result, ReviewSubmitted) for result in results)
    came_through = (
        endings.PUBLISHED if pushed else endings.PLANNED if planned else endings.REVIEWED if reviewed else endings.ANSWERED
    )
    ending = said or came_through
    kept = [result.kept for result in results if isinstance(result, HalfDoneKept) and result.kept]
    return msgspec.structs.replace(ending, kept=kept[-1]) if kept else ending


def report_of(results: Iterable[StepResult], *, sandbox_seconds: float = 0.0) -> JobReport:
    """The report as far as the steps have come; of a step that ran again the last result counts."""
    report = JobReport(sandbox_seconds=sandbox_seconds)
    notes: list[str] = []
    for result in results:
        notes += result.notes
        match result:
            case SandboxOpened():
                report = msgspec.structs.replace(report, started_from=result.started_from)
            case PromptComposed():
                report = msgspec.structs.replace(report, was_told=True, recalls=result.recalls)
            case AgentRan():
                report = msgspec.structs.replace(
                    report,
                    said=result.said,
                    title=result.title,
                    summary=result.summary,
                    model=result.model,
                    commands=result.commands,
                    tools=result.tools,
                    egress=result.egress,
                    blocked_hosts=result.blocked_hosts,
                    cost_usd=result.cost_usd,
                    seconds=result.seconds,
                    turns=result.turns,
                    filled=result.filled,
                    evidence=result.evidence,
                    question=result.question,
                )
            case VerdictsRead():
                report = msgspec.structs.replace(report, said=result.said, summary=result.summary)
            case LastPushFound():
                report = msgspec.structs.replace(report, summary=wording.taken_back(result.asked, result.pushed_sha))
            case KeptWorkFound(ran=AgentRan() as ran):
                report = msgspec.structs.replace(
                    report,
                    title=ran.title,
                    summary=ran.summary,
                    commands=ran.commands,
                    filled=ran.filled,
                    evidence=ran.evidence,
                )
            case CommitsVetted():
                report = report.with_changes(result.files, result.insertions, result.deletions, result.commits)
                report = msgspec.structs.replace(report, tree=result.tree)
            case CommitsPushed():
                report = msgspec.structs.replace(report, pushed_sha=result.head_sha)
            case PullRequestShown(screenshots=screenshots):
                report = msgspec.structs.replace(report, screenshots=screenshots)
            case PlanPosted(plan=plan, cost_usd=cost_usd, seconds=seconds):
                report = msgspec.structs.replace(report, plan=plan, cost_usd=cost_usd, seconds=seconds)
            case ReviewSubmitted(review=review, cost_usd=cost_usd, seconds=seconds):
                said = {"said": result.told, "title": "", "summary": result.summary}
                report = msgspec.structs.replace(report, review=review, cost_usd=cost_usd, seconds=seconds, **said)
            case HalfDoneKept():
                report = with_half_done(report, result)
    return msgspec.structs.replace(report, notes=tuple(dict.fromkeys(notes)))


def with_half_done(report: JobReport, kept: HalfDoneKept) -> JobReport:
    """The report with what there is of work that came to no end."""
    if kept.changes is not None:
        changes = kept.changes
        report = report.with_changes(changes.files, changes.insertions, changes.deletions, changes.commits)
        report = msgspec.structs.replace(report, tree=changes.tree)
    return msgspec.structs.replace(report, patch=kept.patch, steps=kept.steps, pushed_sha=kept.pushed_sha or report.pushed_sha)


def report_in(job: Job) -> JobReport:
    """The report that stands in an ended job's row; an empty one for a job that has not come to its end."""
    return JobReport() if job.report is None else msgspec.convert(job.report, JobReport)


def ending_in(job: Job) -> Ending | None:
    """How the job ended, as it stands in its row; None before it has."""
    return None if job.ending is None else msgspec.convert(job.ending, Ending)


def can_be_resumed(job: Job) -> bool:
    """Whether an ended job was broken off, and another one can go on from there."""
    ending = ending_in(job)
    return job.state == "ended" and ending is not None and report_in(job).can_be_resumed(ending)
