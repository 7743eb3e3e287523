"""A workflow run with its jobs, and a job with its steps and what they printed."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from emulators.github.actions.runs import Runs
from emulators.github.control.asking import github_of
from emulators.github.errors import Refused, not_found
from emulators.github.model.actions import Job, Step, WorkflowRun
from emulators.github.model.repositories import Repository
from emulators.github.pages.checks import annotation_rows
from emulators.github.pages.forms import acting_as, acting_form, fields_of, people_of, repository_on_page
from emulators.github.pages.html import Html, el, joined
from emulators.github.pages.layout import moment, page, repository_link, repository_trail

_MARK = re.compile(r"^##\[(group|error|warning|notice)\]")


async def run_page(request: Request) -> Response:
    repo, run = _run(request)
    jobs = [_job_row(repo, run, job) for job in run.jobs]
    artifacts = [el("li", el("span", one.name, class_="grow"), f"{len(one.content):,} bytes") for one in run.artifacts]
    return page(
        f"{run.workflow.name} #{run.number} · {repo.full_name}",
        _title(run),
        _about(repo, run),
        el("p", f"This workflow can't be run: {run.problem}.") if run.problem else None,
        _buttons(request, repo, run),
        el("h2", "Jobs"),
        el("ul", jobs, class_="rows") if jobs else el("p", "It has no jobs.", class_="soft"),
        joined([el("h2", "Artifacts"), el("ul", artifacts, class_="rows")]) if artifacts else None,
        trail=repository_trail(repo),
    )


async def job_page(request: Request) -> Response:
    repo, run = _run(request)
    found = repo.actions.job(request.path_params["job"])
    if found is None or found[0] is not run:
        raise not_found()
    job = found[1]
    return page(
        f"{job.name} · {run.workflow.name} · {repo.full_name}",
        el("h1", el("span", job.name, class_=f"check {job.conclusion or job.status}")),
        _about(repo, run, job),
        _buttons(request, repo, run, job),
        el("h2", "Steps"),
        el("div", [_step(step) for step in job.steps], class_="steps"),
        annotation_rows(job.check_run),
        trail=repository_trail(repo),
    )


async def act(request: Request) -> Response:
    """Run it again, all of it or some, or cancel it."""
    repo, run = _run(request)
    asked, runs = await fields_of(request), Runs(github_of(request))
    try:
        who = acting_as(request, asked, repo, "write")
        match asked.get("do", "").split(" "):
            case ["all"]:
                runs.again(repo, run, who, lambda job: True)
            case ["failed"]:
                runs.again(repo, run, who, lambda job: job.conclusion not in ("success", "skipped"))
            case ["job", key]:
                runs.again(repo, run, who, lambda job: job.key == key)
            case ["cancel"]:
                runs.cancel(run)
    except Refused as refused:
        return PlainTextResponse(refused.message, refused.status)
    return RedirectResponse(run_link(repo, run), 303)


def run_link(repo: Repository, run: WorkflowRun) -> str:
    return f"{repository_link(repo)}/actions/runs/{run.id}"


def _job_link(repo: Repository, run: WorkflowRun, job: Job) -> str:
    return f"{run_link(repo, run)}/job/{job.id}"


def _about(repo: Repository, run: WorkflowRun, job: Job | None = None) -> Html:
    what = f"pull request #{run.pull_number}" if run.pull_number else f"push to {run.head_branch}"
    link = f"{repository_link(repo)}/commit/{run.head_sha}"
    attempt = f" · attempt {job.attempt if job else run.attempt}"
    whole = joined([" · ", el("a", f"{run.workflow.name} #{run.number}", href=run_link(repo, run))]) if job else None
    said = job.conclusion or job.status if job else run.conclusion or run.status
    commit = el("a", el("code", run.head_sha[:7]), href=link)
    return el("p", f"{said} · {what} · ", commit, " · ", moment(run.created_at), attempt, whole, class_="soft")


def _buttons(request: Request, repo: Repository, run: WorkflowRun, job: Job | None = None) -> Html:
    if run.status != "completed":
        buttons = [("cancel", "Cancel")]
    elif job:
        buttons = [(f"job {job.key}", "Re-run job")]
    else:
        failed = any(one.conclusion not in ("success", "skipped") for one in run.jobs)
        buttons = [("all", "Re-run all jobs"), *([("failed", "Re-run failed jobs")] if failed else [])]
    return acting_form(f"{run_link(repo, run)}/act", people_of(request), [], buttons)


def _step(step: Step) -> Html:
    """Folded, unless it failed: then what it printed is what one came for."""
    name = el("span", step.name, class_=f"check {step.conclusion or step.status}")
    if not step.log:
        return el("details", el("summary", name))
    return el("details", el("summary", name), el("pre", _read(step.log), class_="text"), open=step.conclusion == "failure")


def _read(log: str) -> str:
    """Without the moment before each line, and with GitHub's marks as words, as its own page shows them."""
    lines = [line.partition("Z ")[2] for line in log.splitlines()]
    return "\n".join(_MARK.sub(_word, line) for line in lines if line != "##[endgroup]")


def _word(mark: re.Match[str]) -> str:
    return "" if mark[1] == "group" else f"{mark[1].capitalize()}: "


def _title(run: WorkflowRun) -> Html:
    name = el("span", run.workflow.name, class_=f"check {run.conclusion or run.status}")
    return el("h1", name, el("span", f" #{run.number}", class_="number"))


def _job_row(repo: Repository, run: WorkflowRun, job: Job) -> Html:
    link = el("a", job.name, href=_job_link(repo, run, job), class_="strong grow")
    return el("li", _mark(job), link, _took(job))


def _mark(job: Job) -> Html:
    return el("span", class_=f"check {job.conclusion or job.status}")


def _took(job: Job) -> Html:
    if job.started_at is None or job.completed_at is None:
        return el("span", job.status.replace("_", " "), class_="soft")
    if job.conclusion == "skipped":
        return el("span", "skipped", class_="soft")
    return el("span", f"{(job.completed_at - job.started_at).total_seconds():.0f} s", class_="soft")


def _run(request: Request) -> tuple[Repository, WorkflowRun]:
    repo = repository_on_page(request)
    run = repo.actions.runs.get(request.path_params["run"])
    if run is None:
        raise not_found()
    return repo, run
