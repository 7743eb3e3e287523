"""Check runs and check suites in JSON."""

from __future__ import annotations

from typing import Any

from emulators.github.clock import maybe_stamp, stamp
from emulators.github.git_repository import Commit
from emulators.github.model.checks import CheckRun, CheckSuite
from emulators.github.model.repositories import Repository
from emulators.github.shapes.accounts import integration
from emulators.github.shapes.addresses import Addresses, node_id
from emulators.github.shapes.commits import simple_commit
from emulators.github.shapes.pulls import pull_minimal
from emulators.github.shapes.repositories import repository


def _pulls(at: Addresses, repo: Repository, sha: str) -> list[dict[str, Any]]:
    return [pull_minimal(at, repo, shown) for shown in repo.pulls_at(sha)]


def check_run(at: Addresses, repo: Repository, run: CheckRun) -> dict[str, Any]:
    url = f"{at.repository(repo)}/check-runs/{run.id}"
    page = f"{at.page(repo)}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CR", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": maybe_stamp(run.started_at),
        "completed_at": maybe_stamp(run.completed_at),
        "output": {
            "title": run.output.get("title"),
            "summary": run.output.get("summary"),
            "text": run.output.get("text"),
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": integration(at, run.app),
        "pull_requests": _pulls(at, repo, run.head_sha),
    }


def check_run_in_webhook(at: Addresses, repo: Repository, run: CheckRun) -> dict[str, Any]:
    """`check-run-with-simple-check-suite`: the suite has more fields here."""
    return {**check_run(at, repo, run), "check_suite": simple_check_suite(at, repo, run.suite)}


def latest_runs(repo: Repository, suite: CheckSuite) -> list[CheckRun]:
    """The suite's runs, of each name the newest."""
    return list({run.name: run for run in repo.check_runs.values() if run.suite is suite}.values())


def suite_state(repo: Repository, suite: CheckSuite) -> tuple[str, str | None]:
    """A suite's status and conclusion, as its latest runs together have them. When a re-run is asked for, "the `status` of the
    check suite is reset to `queued` and the `conclusion` is cleared".
    https://docs.github.com/rest/checks/runs#rerequest-a-check-run"""
    runs = latest_runs(repo, suite)
    if not runs or suite.requeued:
        return "queued", None
    if any(run.status != "completed" for run in runs):
        return ("in_progress" if any(run.status == "in_progress" for run in runs) else "queued"), None
    conclusions = [run.conclusion for run in runs]
    worst = ("failure", "timed_out", "cancelled", "action_required", "stale", "neutral", "skipped")
    return "completed", next((one for one in worst if one in conclusions), "success")


def simple_check_suite(at: Addresses, repo: Repository, suite: CheckSuite) -> dict[str, Any]:
    status, conclusion = suite_state(repo, suite)
    return {
        "id": suite.id,
        "node_id": node_id("CS", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": f"{at.repository(repo)}/check-suites/{suite.id}",
        "before": suite.before,
        "after": suite.head_sha,
        "pull_requests": _pulls(at, repo, suite.head_sha),
        "app": integration(at, suite.app),
        "created_at": stamp(suite.created_at),
        "updated_at": stamp(suite.updated_at),
    }


def check_suite(at: Addresses, repo: Repository, suite: CheckSuite, head: Commit) -> dict[str, Any]:
    runs = len(latest_runs(repo, suite))
    return {
        **simple_check_suite(at, repo, suite),
        "repository": repository(at, repo),
        "head_commit": simple_commit(head),
        "latest_check_runs_count": runs,
        "check_runs_url": f"{at.repository(repo)}/check-suites/{suite.id}/check-runs",
        "rerequestable": True,
        "runs_rerequestable": True,
    }
