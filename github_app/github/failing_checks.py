"""What fails on a commit, as GitHub tells it: check runs with their annotations and the end of their logs, and statuses.

https://docs.github.com/en/rest/checks/runs, https://docs.github.com/en/rest/commits/statuses,
https://docs.github.com/en/rest/actions/workflow-jobs
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from github_app.github.client import GitHub, repository_path
from github_app.github.installation_token import InstallationToken

FAILED = frozenset({"failure", "timed_out", "startup_failure"})

A_PAGE = 100
# Of further ones the name is told: a job that fixes five causes has enough to do.
MOST_TOLD = 5
MOST_ANNOTATIONS = 20
MOST_SUMMARY_CHARACTERS = 2_000
MOST_LOG_CHARACTERS = 8_000

# The address of a job of Actions, whose log can be asked for.
_ACTIONS_JOB = re.compile(r"/actions/runs/\d+/job/(\d+)")
# What stands before each line of such a log, and what colours it.
_TIME = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class FailingCheck:
    """`annotations` are lines of text; `log` is the end of its log, empty where there is none to be had."""

    name: str
    conclusion: str
    summary: str = ""
    annotations: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True)
class Checks:
    """The failing ones, and how many have not ended yet."""

    failing: tuple[FailingCheck, ...]
    unfinished: int


async def checks_on(github: GitHub, token: InstallationToken, repository: str, sha: str, *, but_of_app: int) -> Checks:
    """The checks on this commit, but for those of one App. Raises Passing, Refused."""
    base = repository_path(repository)
    listed = await github.with_token(token, "GET", f"{base}/commits/{sha}/check-runs?filter=latest&per_page={A_PAGE}")
    runs = [run for run in listed["check_runs"] if (run.get("app") or {}).get("id") != but_of_app]
    failed = [run for run in runs if run["conclusion"] in FAILED]
    told = [await told_of(github, token, base, run) for run in failed[:MOST_TOLD]]
    told += [FailingCheck(run["name"], run["conclusion"]) for run in failed[MOST_TOLD:]]
    statuses = (await github.with_token(token, "GET", f"{base}/commits/{sha}/status?per_page={A_PAGE}"))["statuses"]
    told += [
        FailingCheck(one["context"], one["state"], one["description"] or "")
        for one in statuses
        if one["state"] in ("failure", "error")
    ]
    unfinished = sum(run["status"] != "completed" for run in runs) + sum(one["state"] == "pending" for one in statuses)
    return Checks(tuple(told), unfinished)


async def told_of(github: GitHub, token: InstallationToken, base: str, run: dict[str, Any]) -> FailingCheck:
    output = run.get("output") or {}
    annotations = []
    if output.get("annotations_count"):
        path = f"{base}/check-runs/{run['id']}/annotations?per_page={MOST_ANNOTATIONS}"
        annotations = await github.with_token(token, "GET", path)
    job = _ACTIONS_JOB.search(run.get("details_url") or "")
    log = await github.download(token, f"{base}/actions/jobs/{job[1]}/logs") if job else ""
    return FailingCheck(
        name=run["name"],
        conclusion=run["conclusion"],
        summary="\n\n".join(filter(None, [output.get("title"), output.get("summary")]))[:MOST_SUMMARY_CHARACTERS],
        annotations=tuple(annotation_line(one) for one in annotations),
        log=end_of(log),
    )


def annotation_line(annotation: dict[str, Any]) -> str:
    return f"{annotation['path']}:{annotation['start_line']}: {annotation['annotation_level']}: {annotation['message']}"


def end_of(log: str) -> str:
    """The end of a log, without what stands before each of its lines and what colours it."""
    return _COLOUR.sub("", _TIME.sub("", log)).rstrip()[-MOST_LOG_CHARACTERS:]


def as_text(checks: Sequence[FailingCheck]) -> str:
    """What the checks said, for an agent to read."""
    parts = []
    for check in checks:
        lines = [f"The check {check.name} ended with: {check.conclusion}.", check.summary, *check.annotations]
        if check.log:
            lines.append(f"The end of its log:\n\n~~~\n{check.log}\n~~~")
        parts.append("\n\n".join(filter(None, lines)))
    return "\n\n".join(parts)
