"""Workflow runs. https://docs.github.com/rest/actions/workflow-runs"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from emulators.github.access import read, write
from emulators.github.actions.runs import Runs
from emulators.github.clock import parse_stamp
from emulators.github.errors import Refused, not_found, unprocessable
from emulators.github.model.actions import Job, WorkflowRun
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.actions import job_shape, run_shape
from emulators.github.workflows.downloads import run_logs

_READ = read("actions")
_WRITE = write("actions", role="write")
_RUNS = "/repos/{owner}/{repo}/actions/runs"


@route(f"GET {_RUNS}", _READ)
async def list_runs(call: Call) -> Answer:
    return runs_page(call, list(call.repository.actions.runs.values()))


def runs_page(call: Call, runs: list[WorkflowRun]) -> Answer:
    """Those that the query asks for, newest first; `status` is a status or a conclusion."""
    query = call.query
    runs = runs[::-1]
    if actor := query.get("actor"):
        runs = [run for run in runs if run.actor.login.lower() == str(actor).lower()]
    if branch := query.get("branch"):
        runs = [run for run in runs if run.head_branch == branch]
    if event := query.get("event"):
        runs = [run for run in runs if run.event == event]
    if status := query.get("status"):
        runs = [run for run in runs if status in (run.status, run.conclusion)]
    if sha := query.get("head_sha"):
        runs = [run for run in runs if run.head_sha == sha]
    if suite := query.get("check_suite_id"):
        runs = [run for run in runs if run.suite.id == int(suite)]
    if created := query.get("created"):
        within = _within(str(created))
        runs = [run for run in runs if within(run.created_at)]
    pulls = not query.get("exclude_pull_requests")
    window, headers = call.window(len(runs))
    shown = [run_shape(call.github.at, call.repository, run, pulls=pulls) for run in runs[window]]
    return Answer(200, {"total_count": len(runs), "workflow_runs": shown}, headers)


@route(f"GET {_RUNS}/{{run_id}}", _READ)
async def get_run(call: Call) -> Answer:
    pulls = not call.query.get("exclude_pull_requests")
    return Answer(200, run_shape(call.github.at, call.repository, run_of(call), pulls=pulls))


@route(f"GET {_RUNS}/{{run_id}}/jobs", _READ)
async def list_jobs(call: Call) -> Answer:
    """Of the latest attempt, or with `filter=all` of every one."""
    run = run_of(call)
    if call.query.get("filter", "latest") == "latest":
        return _jobs_page(call, run, run.jobs)
    return _jobs_page(call, run, list({job.id: job for jobs in run.attempts.values() for job in jobs}.values()))


@route(f"GET {_RUNS}/{{run_id}}/attempts/{{attempt_number}}/jobs", _READ)
async def list_jobs_of_attempt(call: Call) -> Answer:
    run = run_of(call)
    return _jobs_page(call, run, run.attempts[_attempt(call, run)])


@route(f"GET {_RUNS}/{{run_id}}/logs", _READ)
async def download_logs(call: Call) -> Answer:
    """302 to a zip, at a link that works for a minute."""
    run = run_of(call)
    return _zip(call, run, run.attempt)


@route(f"GET {_RUNS}/{{run_id}}/attempts/{{attempt_number}}/logs", _READ)
async def download_logs_of_attempt(call: Call) -> Answer:
    run = run_of(call)
    return _zip(call, run, _attempt(call, run))


@route(f"POST {_RUNS}/{{run_id}}/rerun", _WRITE)
async def rerun(call: Call) -> Answer:
    return rerun_jobs(call, run_of(call), lambda job: True)


@route(f"POST {_RUNS}/{{run_id}}/rerun-failed-jobs", _WRITE)
async def rerun_failed(call: Call) -> Answer:
    """Those that have failed, and what needs them."""
    return rerun_jobs(call, run_of(call), lambda job: job.conclusion not in ("success", "skipped"))


@route(f"POST {_RUNS}/{{run_id}}/cancel", _WRITE)
async def cancel(call: Call) -> Answer:
    if not Runs(call.github).cancel(run_of(call)):
        raise Refused(409, "Cannot cancel a workflow run that is completed.")
    return Answer(202, {})


def rerun_jobs(call: Call, run: WorkflowRun, chosen: Callable[[Job], bool]) -> Answer:
    if (call.body or {}).get("enable_debug_logging"):
        raise unprocessable("Debug logging is not emulated.")
    Runs(call.github).again(call.repository, run, call.account, chosen)
    return Answer(201, {})


def run_of(call: Call) -> WorkflowRun:
    found = call.repository.actions.runs.get(call.number("run_id"))
    if found is None:
        raise not_found()
    return found


def _attempt(call: Call, run: WorkflowRun) -> int:
    number = call.number("attempt_number")
    if number not in run.attempts:
        raise not_found()
    return number


def _jobs_page(call: Call, run: WorkflowRun, jobs: list[Job]) -> Answer:
    window, headers = call.window(len(jobs))
    shown = [job_shape(call.github.at, call.repository, run, job) for job in jobs[window]]
    return Answer(200, {"total_count": len(jobs), "jobs": shown}, headers)


def _zip(call: Call, run: WorkflowRun, attempt: int) -> Answer:
    if run.status != "completed":
        raise not_found()
    path = call.github.downloads.offer(run_logs(run, attempt), "application/zip", f"logs_{run.id}.zip")
    return Answer(302, None, {"location": f"{call.github.at.html}{path}"})


def _within(created: str) -> Callable[[datetime], bool]:
    """`>=2026-01-01`, `<2026-01-01T08:00:00Z`, `2026-01-01..2026-01-31`.
    https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates"""
    try:
        if ".." in created:
            start, end = (parse_stamp(one) for one in created.split("..", 1))
            return lambda moment: start <= moment <= end
        for sign, holds in (
            (">=", datetime.__ge__), ("<=", datetime.__le__), (">", datetime.__gt__), ("<", datetime.__lt__),
        ):  # fmt: skip
            if created.startswith(sign):
                limit = parse_stamp(created.removeprefix(sign))
                return lambda moment: bool(holds(moment, limit))
        day = parse_stamp(created)
        return lambda moment: moment.date() == day.date() if len(created) == len("2026-01-31") else moment == day
    except ValueError as error:
        raise unprocessable(f"created: {error}") from error
