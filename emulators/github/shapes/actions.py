"""Workflows, their runs, jobs and artifacts in JSON."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from emulators.github.clock import maybe_stamp, stamp
from emulators.github.model.actions import Artifact, Job, Workflow, WorkflowRun
from emulators.github.model.repositories import Repository
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.addresses import Addresses, node_id, path_part
from emulators.github.shapes.commits import simple_commit
from emulators.github.shapes.pulls import pull_minimal
from emulators.github.shapes.repositories import repository

# "By default, artifacts are kept for 90 days."
# https://docs.github.com/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization
_KEPT = timedelta(days=90)


def workflow_shape(at: Addresses, repo: Repository, shown: Workflow) -> dict[str, Any]:
    page = f"{at.page(repo)}/blob/{path_part(repo.default_branch)}/{path_part(shown.path)}"
    return {
        "id": shown.id,
        "node_id": node_id("W", shown.id),
        "name": shown.name,
        "path": shown.path,
        "state": "active",
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.created_at),
        "url": f"{at.repository(repo)}/actions/workflows/{shown.id}",
        "html_url": page,
        "badge_url": f"{at.page(repo)}/workflows/{path_part(shown.name)}/badge.svg",
    }


def run_page(at: Addresses, repo: Repository, shown: WorkflowRun) -> str:
    return f"{at.page(repo)}/actions/runs/{shown.id}"


def run_shape(at: Addresses, repo: Repository, shown: WorkflowRun, *, pulls: bool = True) -> dict[str, Any]:
    """`workflow-run`. Of a pull request from a fork, `pull_requests` is empty."""
    url = f"{at.repository(repo)}/actions/runs/{shown.id}"
    listed = [pull_minimal(at, repo, one) for one in repo.pulls_at(shown.head_sha)] if pulls else []
    return {
        "id": shown.id,
        "name": shown.workflow.name,
        "node_id": node_id("WFR", shown.id),
        "check_suite_id": shown.suite.id,
        "check_suite_node_id": node_id("CS", shown.suite.id),
        "head_branch": shown.head_branch,
        "head_sha": shown.head_sha,
        "path": shown.workflow.path,
        "run_number": shown.number,
        "run_attempt": shown.attempt,
        "event": shown.event,
        "display_title": shown.title,
        "status": shown.status,
        "conclusion": shown.conclusion,
        "workflow_id": shown.workflow.id,
        "url": url,
        "html_url": run_page(at, repo, shown),
        "pull_requests": listed,
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.updated_at),
        "run_started_at": stamp(shown.started_at),
        "actor": simple_user(at, shown.actor),
        "triggering_actor": simple_user(at, shown.triggering_actor),
        "referenced_workflows": [],
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{at.repository(repo)}/check-suites/{shown.suite.id}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": f"{url}/attempts/{shown.attempt - 1}" if shown.attempt > 1 else None,
        "workflow_url": f"{at.repository(repo)}/actions/workflows/{shown.workflow.id}",
        "head_commit": {**simple_commit(shown.head_commit)},
        "repository": _small_repository(at, repo),
        "head_repository": _small_repository(at, shown.fork or repo),
    }


def job_shape(at: Addresses, repo: Repository, run: WorkflowRun, shown: Job) -> dict[str, Any]:
    url = f"{at.repository(repo)}/actions/jobs/{shown.id}"
    began = shown.started_at is not None
    return {
        "id": shown.id,
        "run_id": run.id,
        "run_url": f"{at.repository(repo)}/actions/runs/{run.id}",
        "run_attempt": shown.attempt,
        "node_id": node_id("CR", shown.id),
        "head_sha": run.head_sha,
        "url": url,
        "html_url": f"{run_page(at, repo, run)}/job/{shown.id}",
        "status": shown.status,
        "conclusion": shown.conclusion,
        "created_at": stamp(shown.created_at),
        "started_at": stamp(shown.started_at or shown.created_at),
        "completed_at": maybe_stamp(shown.completed_at),
        "name": shown.name,
        "steps": [
            {
                "name": step.name,
                "status": step.status,
                "conclusion": step.conclusion,
                "number": step.number,
                "started_at": maybe_stamp(step.started_at),
                "completed_at": maybe_stamp(step.completed_at),
            }
            for step in (shown.steps if began else ())
        ],
        "check_run_url": f"{at.repository(repo)}/check-runs/{shown.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1 if began else None,
        "runner_name": "GitHub Actions 1" if began else None,
        "runner_group_id": 0 if began else None,
        "runner_group_name": "GitHub Actions" if began else None,
        "workflow_name": run.workflow.name,
        "head_branch": run.head_branch,
    }


def artifact_shape(at: Addresses, repo: Repository, run: WorkflowRun, shown: Artifact) -> dict[str, Any]:
    url = f"{at.repository(repo)}/actions/artifacts/{shown.id}"
    return {
        "id": shown.id,
        "node_id": node_id("MDg6QXJ0aWZhY3Q", shown.id),
        "name": shown.name,
        "size_in_bytes": len(shown.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": False,
        "created_at": stamp(shown.created_at),
        "expires_at": stamp(shown.created_at + _KEPT),
        "updated_at": stamp(shown.created_at),
        "digest": f"sha256:{hashlib.sha256(shown.content).hexdigest()}",
        "workflow_run": {
            "id": run.id,
            "repository_id": repo.id,
            "head_repository_id": repo.id,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }


# What `minimal-repository` has of a repository's fields.
_BEYOND_MINIMAL = frozenset(
    {"clone_url", "git_url", "ssh_url", "svn_url", "homepage", "size", "language", "mirror_url", "archived", "disabled",
     "license", "visibility", "default_branch", "created_at", "updated_at", "pushed_at", "topics"}
)  # fmt: skip


def _small_repository(at: Addresses, repo: Repository) -> dict[str, Any]:
    """`minimal-repository`: links, and who and what it is."""
    whole = repository(at, repo)
    counted = ("_count", "allow_", "has_", "is_", "web_")
    return {
        key: value
        for key, value in whole.items()
        if key not in _BEYOND_MINIMAL
        and not key.startswith(counted[1:])
        and not key.endswith(counted[0])
        and key not in ("forks", "open_issues", "watchers")
    }
