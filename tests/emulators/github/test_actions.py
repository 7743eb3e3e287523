"""Workflows that really run, asked about through githubkit's typed models."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from githubkit_schemas.latest.models import Job, WorkflowRun

from tests.emulators.github.githubkit_client import client_of
from tests.emulators.github.subscriptions import subscribed
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

PATH = ".github/workflows/tests.yml"
WORKFLOW = """
name: Tests
on: [push, pull_request]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Run the tests
        run: sh tests.sh
      - uses: actions/upload-artifact@v4
        with: {name: report, path: out}
  lint:
    steps:
      - run: 'echo "::warning file=README.md,line=1,title=Style::Mind the gap%2C please"'
  publish:
    needs: [tests, lint]
    steps: [{run: 'echo "$GITHUB_REPOSITORY $GITHUB_REF"'}]
"""
GREEN = "mkdir out && echo fine > out/report.txt && echo all is well"
RED = "echo it is broken; echo '::error file=src/hello.py,line=1::No greeting'; exit 3"


class Scene:
    """One repository, and what its workflows do."""

    def __init__(self, github: GitHubService, repo: str, kit: Any) -> None:
        self.github = github
        self.name = repo.removeprefix("/repos/")
        self.repo = repo
        self.kit = kit
        self.where = dict(zip(("owner", "repo"), self.name.split("/"), strict=True))

    def push(self, script: str, branch: str = "main", workflow: str = WORKFLOW) -> str:
        return self.github.push(self.name, branch, {PATH: workflow, "tests.sh": script}, self.github.maintainer, "Try it")

    def ended(self, attempt: int = 1, **which: Any) -> WorkflowRun:
        """The newest run of those, when that attempt of it is completed."""

        def look() -> WorkflowRun | None:
            runs = self.kit.list_workflow_runs_for_repo(**self.where, **which).parsed_data.workflow_runs
            return runs[0] if runs and (runs[0].status, runs[0].run_attempt) == ("completed", attempt) else None

        found = wait_until(look, "the run to be completed")
        assert isinstance(found, WorkflowRun)
        return found

    def jobs(self, run: WorkflowRun, **which: Any) -> dict[str, Job]:
        listed = self.kit.list_jobs_for_workflow_run(**self.where, run_id=run.id, **which).parsed_data.jobs
        return {job.name: job for job in listed}


@pytest.fixture
def scene(github: GitHubService, repo: str) -> Iterator[Scene]:
    with client_of(github, github.as_installation()) as client:
        yield Scene(github, repo, client.rest.actions)


def test_a_push_runs_its_workflow_and_green_is_green(scene: Scene, hook: WebhookReceiver) -> None:
    with subscribed(scene.github, "workflow_run", "workflow_job"):
        sha = scene.push(GREEN)
        run = scene.ended()
        wait_until(lambda: hook.of("workflow_run", "completed"), "the end to be told")
    assert (run.conclusion, run.event, run.head_sha, run.path, run.run_number) == ("success", "push", sha, PATH, 1)
    jobs = scene.jobs(run)
    assert {name: job.conclusion for name, job in jobs.items()} == dict.fromkeys(("tests", "lint", "publish"), "success")
    assert [step.name for step in jobs["tests"].steps or ()] == [
        "Run actions/checkout@v4",
        "Run the tests",
        "Run actions/upload-artifact@v4",
    ]
    assert [one.action for one in hook.of("workflow_run")] == ["requested", "in_progress", "completed"]
    told = sorted(one.action or "" for one in hook.of("workflow_job"))
    assert told == ["completed"] * 3 + ["in_progress"] * 3 + ["queued"] * 3
    suite = hook.of("check_suite", "completed")[0].payload["check_suite"]
    assert (suite["id"], suite["conclusion"], suite["app"]["slug"]) == (run.check_suite_id, "success", "github-actions")
    checks = scene.github.reader.get(f"{scene.repo}/commits/{sha}/check-runs")["check_runs"]
    assert {one["id"] for one in checks} == {job.id for job in jobs.values()}


def test_red_says_where_and_what_needs_it_is_skipped(scene: Scene) -> None:
    scene.push(RED)
    run = scene.ended()
    jobs = scene.jobs(run)
    assert run.conclusion == "failure"
    assert {name: job.conclusion for name, job in jobs.items()} == {
        "tests": "failure",
        "lint": "success",
        "publish": "skipped",
    }
    assert [step.conclusion for step in jobs["tests"].steps or ()] == ["success", "failure", "skipped"]
    said = scene.github.reader.get(f"{scene.repo}/check-runs/{jobs['tests'].id}/annotations")
    assert [(one["path"], one["annotation_level"], one["message"]) for one in said] == [
        ("src/hello.py", "failure", "No greeting"),
        (".github", "failure", "Process completed with exit code 3."),
    ]
    (warned,) = scene.github.reader.get(f"{scene.repo}/check-runs/{jobs['lint'].id}/annotations")
    assert (warned["title"], warned["message"], warned["start_line"]) == ("Style", "Mind the gap, please", 1)


def test_logs_and_artifacts_are_fetched_where_the_api_leads(scene: Scene) -> None:
    scene.push(GREEN)
    run = scene.ended()
    job = scene.jobs(run)["tests"]
    log = scene.kit.download_job_logs_for_workflow_run(**scene.where, job_id=job.id).text
    assert [line.partition("Z ")[2] for line in log.splitlines()] == [
        "Run actions/checkout@v4",
        "##[group]Run sh tests.sh",
        "shell: bash -e",
        "##[endgroup]",
        "all is well",
        "1 files were uploaded",
    ]
    whole = scene.kit.download_workflow_run_logs(**scene.where, run_id=run.id).content
    assert "tests/2_Run the tests.txt" in zipfile.ZipFile(io.BytesIO(whole)).namelist()
    (artifact,) = scene.kit.list_workflow_run_artifacts(**scene.where, run_id=run.id).parsed_data.artifacts
    kept = scene.kit.download_artifact(**scene.where, artifact_id=artifact.id, archive_format="zip").content
    assert zipfile.ZipFile(io.BytesIO(kept)).read("report.txt") == b"fine\n"
    led = scene.github.reader.send("GET", f"{scene.repo}/actions/jobs/{job.id}/logs")
    assert led.status_code == 302


def test_a_pull_request_runs_what_it_would_be_when_merged(scene: Scene) -> None:
    workflow = WORKFLOW.replace("on: [push, pull_request]", "on: pull_request")
    head = scene.push("test -f beside.txt", "fix", workflow)
    scene.github.push(scene.name, "main", {"beside.txt": "x"}, scene.github.maintainer)
    asked = {"title": "Mend it", "head": "fix", "base": "main"}
    number = scene.github.maintainer.post(f"{scene.repo}/pulls", asked)["number"]
    run = scene.ended(event="pull_request")
    jobs = scene.jobs(run)
    assert (run.head_sha, run.display_title, [one.number for one in run.pull_requests or ()]) == (head, "Mend it", [number])
    assert jobs["tests"].conclusion == "success"
    log = scene.kit.download_job_logs_for_workflow_run(**scene.where, job_id=jobs["publish"].id).text
    assert f"{scene.name} refs/pull/{number}/merge" in log
    again = scene.push("exit 1", "fix", workflow)
    assert scene.ended(head_sha=again).conclusion == "failure"


def test_what_failed_is_run_again_and_what_succeeded_is_not(scene: Scene) -> None:
    scene.push('test "$GITHUB_RUN_ATTEMPT" != 1 && mkdir out && touch out/x')
    run = scene.ended()
    before = scene.jobs(run)
    path = f"{scene.repo}/actions/runs/{run.id}"
    assert scene.github.reader.send("POST", f"{path}/rerun-failed-jobs").status_code == 403
    maintainer = scene.github.maintainer
    maintainer.post(f"{path}/rerun-failed-jobs")
    second = scene.ended(2)
    after = scene.jobs(second)
    assert (second.id, second.conclusion) == (run.id, "success")
    assert (after["lint"].id, after["tests"].run_attempt, after["publish"].run_attempt) == (before["lint"].id, 2, 2)
    maintainer.post(f"{scene.repo}/actions/jobs/{after['publish'].id}/rerun")
    assert scene.jobs(scene.ended(3))["tests"].id == after["tests"].id
    maintainer.post(f"{path}/rerun")
    assert {job.run_attempt for job in scene.jobs(scene.ended(4)).values()} == {4}
    every = scene.kit.list_jobs_for_workflow_run(**scene.where, run_id=run.id, filter_="all").parsed_data
    assert every.total_count == 3 + 2 + 1 + 3
    first = maintainer.get(f"{path}/attempts/1/jobs")["jobs"]
    assert {job["id"] for job in first} == {job.id for job in before.values()}


def test_a_run_is_cancelled_with_all_that_it_has_started(scene: Scene, hook: WebhookReceiver) -> None:
    scene.push("sleep 600 & sleep 600")
    wait_until(lambda: hook.of("check_run", "completed"), "the end of the job beside")
    run = scene.kit.list_workflow_runs_for_repo(**scene.where).parsed_data.workflow_runs[0]
    assert scene.github.maintainer.send("POST", f"{scene.repo}/actions/runs/{run.id}/rerun").status_code == 403
    cancel = f"{scene.repo}/actions/runs/{run.id}/cancel"
    assert scene.github.maintainer.send("POST", cancel).status_code == 202
    assert scene.ended().conclusion == "cancelled"
    assert scene.github.maintainer.send("POST", cancel).status_code == 409


@pytest.mark.parametrize(
    ("workflow", "conclusion"),
    [
        ("on: push", "failure"),
        ("on: push\njobs: {one: {steps: [{uses: somebody/else@v1}]}}", "failure"),
        ("on: push\njobs: {one: {steps: [{run: 'echo ${{ github.sha }}'}]}}", "failure"),
        ("on: push\njobs: {one: {timeout-minutes: 0.001, steps: [{run: sleep 600}]}}", "failure"),
        ("on: push\njobs: {one: {steps: [{run: 'test -z \"$GITHUB_TOKEN$VIRTUAL_ENV$PYTHONPATH\"'}]}}", "success"),
        ('on: push\njobs: {one: {steps: [{run: \'test "$(git rev-parse HEAD)" = "$GITHUB_SHA"\'}]}}', "success"),
    ],
)
def test_a_workflow_does_all_that_it_says_or_is_red(scene: Scene, workflow: str, conclusion: str) -> None:
    scene.push(GREEN, workflow=workflow)
    assert scene.ended().conclusion == conclusion


def test_what_starts_nothing(scene: Scene) -> None:
    limited = WORKFLOW.replace("on: [push, pull_request]", "on: {push: {branches: ['release/**']}}")
    maintainer = scene.github.maintainer
    scene.push(GREEN, "side", limited)
    scene.github.push(scene.name, "release/0", {PATH: limited}, maintainer, "Not yet [skip ci]")
    admin = scene.github.add_person(f"admin-of-{scene.where['repo']}")
    scene.github.control("PUT", f"repos/{scene.name}/roles/{admin.login}", {"role": "admin"})
    path = f"{scene.repo}/actions/permissions"
    admin.put(path, {"enabled": False})
    assert admin.get(path) == {"enabled": False}
    scene.push(GREEN, "release/1", limited)
    admin.put(path, {"enabled": True})
    scene.github.push(scene.name, "release/1", {"x": "x"}, maintainer)
    assert scene.ended().head_branch == "release/1"
    assert scene.kit.list_workflow_runs_for_repo(**scene.where).parsed_data.total_count == 1
    (workflow,) = scene.kit.list_repo_workflows(**scene.where).parsed_data.workflows
    assert scene.kit.list_workflow_runs(**scene.where, workflow_id="tests.yml").parsed_data.total_count == 1
    assert scene.kit.get_workflow(**scene.where, workflow_id=workflow.id).parsed_data.name == "Tests"


def test_runs_are_found_by_what_they_were(scene: Scene, github: GitHubService) -> None:
    sha = scene.push("true")
    run = scene.ended()
    for which, count in (
        ({"branch": "main", "event": "push", "status": run.conclusion, "head_sha": sha}, 1),
        ({"actor": github.maintainer.login, "check_suite_id": run.check_suite_id}, 1),
        ({"created": ">=2026-01-01"}, 1),
        ({"created": "<2026-01-01"}, 0),
        ({"created": "2026-01-01..2026-01-02"}, 0),
        ({"branch": "other"}, 0),
        ({"status": "timed_out"}, 0),
        ({"exclude_pull_requests": True}, 1),
    ):
        assert scene.kit.list_workflow_runs_for_repo(**scene.where, **which).parsed_data.total_count == count
    private = github.add_repository(f"private-{scene.where['repo']}", private=True)
    narrow = github.as_installation(permissions={"contents": "read"})
    assert narrow.send("GET", f"/repos/{private}/actions/runs").status_code == 403


def test_what_a_fork_brings_is_run_and_told_apart(scene: Scene) -> None:
    github, outsider = scene.github, scene.github.outsider
    scene.push("test -f new.txt", workflow=WORKFLOW.replace("[push, pull_request]", "pull_request"))
    outsider.send("POST", f"{scene.repo}/forks").raise_for_status()
    fork = f"{outsider.login}/{scene.where['repo']}"
    head = github.push(fork, "fix", {"new.txt": "x"}, outsider)
    outsider.post(f"{scene.repo}/pulls", {"title": "From outside", "head": f"{outsider.login}:fix", "base": "main"})
    run = scene.ended()
    assert (run.head_sha, run.head_repository.full_name, run.pull_requests) == (head, fork, [])
    job = scene.jobs(run)["tests"]
    assert job.conclusion == "success"
    rerun = github.maintainer.send("POST", f"{scene.repo}/check-runs/{job.id}/rerequest")
    assert (rerun.status_code, rerun.json()["message"]) == (422, "This check run is not rerequestable")
