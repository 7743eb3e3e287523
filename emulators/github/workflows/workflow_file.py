"""Reads a workflow: its triggers, and its jobs with the commands they run. What isn't understood here is an error, because a
workflow that does half of what it says would be green for nothing.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

# GitHub ends a job after 360 minutes, unless it says otherwise. Here nobody waits so long.
MAX_JOB_SECONDS = 600.0

CHECKOUT, UPLOAD = "actions/checkout", "actions/upload-artifact"
_EVENTS = ("push", "pull_request")
_KNOWN = {
    "workflow": {"name", "run-name", "on", "jobs", "env", "permissions"},
    "job": {"name", "runs-on", "needs", "steps", "env", "timeout-minutes", "permissions"},
    "step": {"name", "id", "run", "uses", "with", "env", "shell", "working-directory"},
    "event": {"branches", "types"},
}


class InvalidWorkflow(Exception):
    """The file can't be run; the message says what is wrong with it."""


@dataclass(frozen=True)
class PlannedStep:
    """A command, or one of the two actions that are known here (`uses` without its version)."""

    name: str
    run: str | None
    uses: str | None
    inputs: dict[str, str]
    env: dict[str, str]
    folder: str


@dataclass(frozen=True)
class PlannedJob:
    key: str
    name: str
    steps: tuple[PlannedStep, ...]
    needs: tuple[str, ...]
    env: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class WorkflowFile:
    """`events` by name, each with the branches it is limited to and, of pull requests, the actions."""

    name: str
    events: dict[str, dict[str, list[str]]]
    jobs: tuple[PlannedJob, ...] = field(default_factory=tuple)

    def starts_on(self, event: str, branch: str, action: str | None = None) -> bool:
        """`branch` is the one that was pushed, or the base of a pull request. Without `types` a pull request starts it when
        it is opened, reopened or has new commits.
        https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request"""
        limits = self.events.get(event)
        if limits is None:
            return False
        if event == "pull_request" and action not in limits.get("types", ["opened", "synchronize", "reopened"]):
            return False
        return "branches" not in limits or any(fnmatch.fnmatchcase(branch, pattern) for pattern in limits["branches"])


def read_workflow(path: str, text: str) -> WorkflowFile:
    """Raises InvalidWorkflow."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidWorkflow(f"it is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise InvalidWorkflow("it is no mapping")
    # YAML 1.1 takes the key `on` for a boolean.
    content = {"on" if key is True else str(key): value for key, value in content.items()}
    _check("workflow", content, "the workflow")
    jobs = _mapping(content.get("jobs"), "jobs")
    if not jobs:
        raise InvalidWorkflow("it has no jobs")
    planned = tuple(_job(str(key), _mapping(job, f"job {key}"), _env(content)) for key, job in jobs.items())
    for job in planned:
        if unknown := [need for need in job.needs if need not in jobs]:
            raise InvalidWorkflow(f"job {job.key} needs {unknown[0]}, which isn't there")
    return WorkflowFile(str(content.get("name") or path), _events(content.get("on")), planned)


def _events(given: Any) -> dict[str, dict[str, list[str]]]:
    if isinstance(given, str):
        given = {given: None}
    elif isinstance(given, list):
        given = {str(one): None for one in given}
    events: dict[str, dict[str, list[str]]] = {}
    for name, limits in _mapping(given, "on").items():
        if name not in _EVENTS:
            raise InvalidWorkflow(f"the event {name} is not emulated")
        limits = _mapping(limits or {}, f"on.{name}")
        _check("event", limits, f"on.{name}")
        events[name] = {key: _texts(value) for key, value in limits.items()}
    return events


def _texts(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _job(key: str, job: dict[str, Any], env: dict[str, str]) -> PlannedJob:
    _check("job", job, f"job {key}")
    steps = job.get("steps")
    if not isinstance(steps, list) or not steps:
        raise InvalidWorkflow(f"job {key} has no steps")
    minutes = job.get("timeout-minutes", MAX_JOB_SECONDS / 60)
    if not isinstance(minutes, int | float):
        raise InvalidWorkflow(f"job {key}: timeout-minutes is no number")
    return PlannedJob(
        key,
        str(job.get("name") or key),
        tuple(_step(_mapping(step, f"a step of job {key}"), key) for step in steps),
        tuple(_texts(job.get("needs") or [])),
        {**env, **_env(job)},
        min(minutes * 60, MAX_JOB_SECONDS),
    )


def _step(step: dict[str, Any], job: str) -> PlannedStep:
    _check("step", step, f"a step of job {job}")
    run, uses = step.get("run"), step.get("uses")
    action = None if uses is None else str(uses).partition("@")[0]
    if (run is None) == (action is None):
        raise InvalidWorkflow(f"a step of job {job} must have either run or uses")
    if action not in (None, CHECKOUT, UPLOAD):
        raise InvalidWorkflow(f"the action {action} is not emulated")
    name = str(step.get("name") or (f"Run {str(run).splitlines()[0]}" if run is not None else f"Run {uses}"))
    folder = str(step.get("working-directory") or ".")
    if folder.startswith("/") or ".." in folder.split("/"):
        raise InvalidWorkflow(f"a step of job {job} would work outside of its clone")
    inputs = {str(key): str(value) for key, value in _mapping(step.get("with") or {}, "with").items()}
    return PlannedStep(name, None if run is None else str(run), action, inputs, _env(step), folder)


def _env(given: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in _mapping(given.get("env") or {}, "env").items()}


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidWorkflow(f"{what} is no mapping")
    return value


def _check(kind: str, given: dict[str, Any], what: str) -> None:
    if unknown := sorted(str(key) for key in given if key not in _KNOWN[kind]):
        raise InvalidWorkflow(f"{what}: {unknown[0]} is not emulated")
    if match := re.search(r"\$\{\{.*?\}\}", str(given)):
        raise InvalidWorkflow(f"{what}: the expression {match.group()} is not emulated")
