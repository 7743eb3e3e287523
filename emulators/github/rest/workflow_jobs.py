"""One job of a workflow run. https://docs.github.com/rest/actions/workflow-jobs"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.errors import not_found
from emulators.github.model.actions import Job, WorkflowRun
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.rest.workflow_runs import rerun_jobs
from emulators.github.shapes.actions import job_shape
from emulators.github.workflows.downloads import job_log

_JOB = "/repos/{owner}/{repo}/actions/jobs/{job_id}"


@route(f"GET {_JOB}", read("actions"))
async def get_job(call: Call) -> Answer:
    return Answer(200, job_shape(call.github.at, call.repository, *_job(call)))


@route(f"GET {_JOB}/logs", read("actions"))
async def download_job_log(call: Call) -> Answer:
    """302 to the log as plain text, at a link that works for a minute; there is none before the job is completed."""
    _, job = _job(call)
    if job.status != "completed":
        raise not_found()
    path = call.github.downloads.offer(job_log(job), "text/plain; charset=utf-8", f"{job.id}.txt")
    return Answer(302, None, {"location": f"{call.github.at.html}{path}"})


@route(f"POST {_JOB}/rerun", write("actions", role="write"))
async def rerun_job(call: Call) -> Answer:
    """This one, and what needs it."""
    run, job = _job(call)
    return rerun_jobs(call, run, lambda one: one.key == job.key)


def _job(call: Call) -> tuple[WorkflowRun, Job]:
    found = call.repository.actions.job(call.number("job_id"))
    if found is None:
        raise not_found()
    return found
