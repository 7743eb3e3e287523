"""Workflow runs from requested to completed, with every event that GitHub sends on the way; again, or cancelled.

https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run and #workflow_job
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from emulators.github.actions.job_process import Place, carry_out
from emulators.github.check_suites import run_changed
from emulators.github.clock import now
from emulators.github.errors import forbidden
from emulators.github.git_process import GitFailed
from emulators.github.model.accounts import Account
from emulators.github.model.actions import Artifact, Job, RunConclusion, Step, WorkflowRun
from emulators.github.model.checks import CheckRun
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.shapes.actions import job_shape, run_shape, workflow_shape
from emulators.github.workflows.workflow_file import PlannedJob, WorkflowFile

# "Re-running … up to 30 days after its initial run" and at most 50 times.
# https://docs.github.com/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
MAX_ATTEMPTS = 50
_KEPT_RUNS = 500

_PAGE = "/{repo}/actions/runs/{run}/job/{job}"


class Runs:
    """What can be done with runs."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._under_way = github.under_way

    async def start(self, repo: Repository, run: WorkflowRun, plan: WorkflowFile | None) -> None:
        """Begin a run that is requested; without a plan (its file is invalid) it fails at once, without a job."""
        while len(repo.actions.runs) >= _KEPT_RUNS:
            self._under_way.plans.pop(repo.actions.runs.pop(next(iter(repo.actions.runs))).id, None)
        repo.actions.runs[run.id] = run
        self._tell_run("requested", repo, run)
        if plan is None:
            run.attempts[1] = []
            await self._end(repo, run, "failure")
            return
        self._under_way.plans[run.id] = plan
        self._begin(repo, run, [self._new_job(repo, run, job) for job in plan.jobs])

    def again(self, repo: Repository, run: WorkflowRun, who: Account, chosen: Callable[[Job], bool]) -> None:
        """Another attempt, of the chosen jobs and those that need them. Raises Refused 403 while it runs."""
        if run.status != "completed":
            raise forbidden("This workflow is already running")
        plan = self._under_way.plans.get(run.id)
        if plan is None:
            raise forbidden("This workflow run cannot be retried")
        if run.attempt >= MAX_ATTEMPTS:
            raise forbidden("This workflow run has reached the maximum number of attempts")
        keys = {job.key for job in run.jobs if chosen(job)}
        for planned in plan.jobs:  # in the file's order, which `needs` follow
            if keys & set(planned.needs):
                keys.add(planned.key)
        before = {job.key: job for job in run.jobs}
        run.attempt += 1
        run.triggering_actor, run.started_at = who, now()
        run.status, run.conclusion = "queued", None
        self._tell_run("requested", repo, run)
        jobs = [self._new_job(repo, run, job) if job.key in keys else before[job.key] for job in plan.jobs]
        self._begin(repo, run, jobs)

    def cancel(self, run: WorkflowRun) -> bool:
        """Whether there was something to cancel."""
        task = self._under_way.tasks.get(run.id)
        return task is not None and task.cancel()

    def _begin(self, repo: Repository, run: WorkflowRun, jobs: list[Job]) -> None:
        run.attempts[run.attempt] = jobs
        for job in jobs:
            if job.status == "queued":
                self._github.announce.check_run("created", repo, job.check_run, run.triggering_actor)
                self._tell_job("queued", repo, run, job)
        self._under_way.tasks[run.id] = self._github.background.begin(self._run(repo, run))

    def _new_job(self, repo: Repository, run: WorkflowRun, plan: PlannedJob) -> Job:
        moment, number = now(), self._github.store.new_id("check_run")
        page = _PAGE.format(repo=repo.full_name, run=run.id, job=number)
        check = CheckRun(
            id=number,
            suite=run.suite,
            name=plan.name,
            status="queued",
            conclusion=None,
            started_at=moment,
            completed_at=None,
            external_id=f"{run.id}-{plan.key}-{run.attempt}",
            details_url=f"{self._github.at.html}{page}",
        )
        repo.check_runs[number] = check
        steps = [Step(place, step.name) for place, step in enumerate(plan.steps, 1)]
        return Job(number, plan.key, plan.name, run.attempt, check, moment, steps)

    async def _run(self, repo: Repository, run: WorkflowRun) -> None:
        conclusion: RunConclusion = "failure"
        try:
            await self._jobs(repo, run)
            ends = {job.conclusion for job in run.jobs}
            conclusion = "failure" if ends & {"failure", "timed_out"} else "cancelled" if "cancelled" in ends else "success"
        except asyncio.CancelledError:
            conclusion = "cancelled"
            if self._github.background.stopping:
                raise
            for job in run.jobs:
                if job.status != "completed":
                    await self._end_job(repo, run, job, "cancelled")
        except BaseExceptionGroup:  # ours, and told by the loop; nobody shall wait for this run
            await self._end(repo, run, "failure")
            raise
        finally:
            del self._under_way.tasks[run.id]
        await self._end(repo, run, conclusion)

    async def _jobs(self, repo: Repository, run: WorkflowRun) -> None:
        """Each job when those that it needs have ended; when one of them failed, it is skipped."""
        plan = {job.key: job for job in self._under_way.plans[run.id].jobs}
        ended = {job.key: asyncio.Event() for job in run.jobs}
        by_key = {job.key: job for job in run.jobs}

        async def one(job: Job) -> None:
            for need in plan[job.key].needs:
                await ended[need].wait()
            if job.status == "queued":
                if all(by_key[need].conclusion == "success" for need in plan[job.key].needs):
                    async with self._under_way.free:
                        await self._job(repo, run, job, plan[job.key])
                else:
                    await self._end_job(repo, run, job, "skipped")
            ended[job.key].set()

        async with asyncio.TaskGroup() as group:
            for job in run.jobs:
                group.create_task(one(job))

    async def _job(self, repo: Repository, run: WorkflowRun, job: Job, plan: PlannedJob) -> None:
        if run.status == "queued":
            run.status = "in_progress"
            self._tell_run("in_progress", repo, run)
        job.status, job.started_at = "in_progress", now()
        job.check_run.status, job.check_run.started_at = "in_progress", job.started_at
        await run_changed(self._github, repo, job.check_run, run.triggering_actor, completed=False)
        self._tell_job("in_progress", repo, run, job)

        def keep(name: str, content: bytes) -> None:
            run.artifacts.append(Artifact(self._github.store.new_id("artifact"), name, content, now()))

        place = Place(repo.git.path, run.sha, self._variables(repo, run, job))
        try:
            conclusion = await carry_out(job, plan, place, keep, job.check_run.annotations.extend)
        except GitFailed:
            conclusion = "failure"  # the commit is gone
        await self._end_job(repo, run, job, conclusion)

    async def _end_job(self, repo: Repository, run: WorkflowRun, job: Job, conclusion: RunConclusion) -> None:
        moment = now()
        job.status, job.conclusion, job.completed_at = "completed", conclusion, moment
        job.started_at = job.started_at or moment
        check = job.check_run
        check.status, check.conclusion, check.completed_at = "completed", conclusion, moment
        self._tell_job("completed", repo, run, job)
        await run_changed(self._github, repo, check, run.triggering_actor, completed=True)

    async def _end(self, repo: Repository, run: WorkflowRun, conclusion: RunConclusion) -> None:
        run.status, run.conclusion, run.updated_at = "completed", conclusion, now()
        self._tell_run("completed", repo, run)

    def _variables(self, repo: Repository, run: WorkflowRun, job: Job) -> dict[str, str]:
        """https://docs.github.com/actions/reference/workflows-and-actions/variables"""
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": run.triggering_actor.login,
            "GITHUB_API_URL": self._github.at.api,
            "GITHUB_EVENT_NAME": run.event,
            "GITHUB_JOB": job.key,
            "GITHUB_REF": run.ref,
            "GITHUB_REPOSITORY": repo.full_name,
            "GITHUB_RUN_ATTEMPT": str(run.attempt),
            "GITHUB_RUN_ID": str(run.id),
            "GITHUB_RUN_NUMBER": str(run.number),
            "GITHUB_SERVER_URL": self._github.at.html,
            "GITHUB_SHA": run.sha,
            "GITHUB_WORKFLOW": run.workflow.name,
            "RUNNER_OS": "Linux",
        }

    def _tell_run(self, action: str, repo: Repository, run: WorkflowRun) -> None:
        run.updated_at = now()
        at = self._github.at
        payload = {
            "action": action,
            "workflow": workflow_shape(at, repo, run.workflow),
            "workflow_run": run_shape(at, repo, run),
        }
        self._github.announce.send("workflow_run", repo, run.triggering_actor, payload)

    def _tell_job(self, action: str, repo: Repository, run: WorkflowRun, job: Job) -> None:
        payload = {"action": action, "workflow_job": job_shape(self._github.at, repo, run, job)}
        self._github.announce.send("workflow_job", repo, run.triggering_actor, payload)
