"""What the checks on a commit have come to: check runs and statuses alike, by the name of their context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emulators.github.model.checks import CheckRun
from emulators.github.model.repositories import Repository

# "Required status checks must have a `successful`, `skipped`, or `neutral` status".
# https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks
_PASSED = ("success", "neutral", "skipped")


State = Literal["passed", "failed", "pending", "in progress"]
_STATUS_STATES: dict[str, State] = {"success": "passed", "pending": "pending", "failure": "failed", "error": "failed"}


@dataclass(frozen=True)
class Result:
    """`app_id` is who said it; None for a status."""

    state: State
    app_id: int | None


def results_on(repo: Repository, sha: str) -> dict[str, list[Result]]:
    """By context the latest of each App, and of the statuses."""
    latest: dict[tuple[str, int | None], Result] = {}
    for run in repo.check_runs.values():
        if run.head_sha == sha:
            latest[(run.name, run.app.id)] = Result(_state_of(run), run.app.id)
    for status in repo.statuses:
        if status.sha == sha:
            latest[(status.context, None)] = Result(_STATUS_STATES[status.state], None)
    by_context: dict[str, list[Result]] = {}
    for (context, _), result in latest.items():
        by_context.setdefault(context, []).append(result)
    return by_context


def _state_of(run: CheckRun) -> State:
    if run.status == "completed":
        return "passed" if run.conclusion in _PASSED else "failed"
    return "in progress" if run.status == "in_progress" else "pending"


def unmet_checks(parameters: Mapping[str, Any], results: dict[str, list[Result]]) -> list[str]:
    """What a rule `required_status_checks` still wants, a sentence each."""
    sentences: list[str] = []
    for one in parameters["required_status_checks"]:
        wanted = one.get("integration_id")
        states = {result.state for result in results.get(one["context"], ()) if wanted in (None, -1, result.app_id)}
        if not states:
            sentences.append(f'Required status check "{one["context"]}" is expected.')
        elif "failed" in states:
            sentences.append(f'Required status check "{one["context"]}" is failing.')
        elif waiting := states - {"passed"}:
            sentences.append(f'Required status check "{one["context"]}" is {min(waiting)}.')
    return sentences
