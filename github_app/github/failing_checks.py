"""The checks on a commit, as GitHub tells of them: how they stand, and what the failing ones say in their annotations and at
the end of their logs. Commit statuses are checks as well.

https://docs.github.com/en/rest/checks/runs, https://docs.github.com/en/rest/commits/statuses,
https://docs.github.com/en/rest/actions/workflow-jobs
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from github_app.github.client import GitHub
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path

# https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks
FAILED = frozenset({"failure", "timed_out", "startup_failure"})
PASSED = frozenset({"success", "neutral", "skipped"})

A_PAGE = 100
# Of further ones the name is told: a job that fixes five causes has enough to do.
MOST_TOLD = 5
MOST_ANNOTATIONS = 20
MOST_SUMMARY_CHARACTERS = 2_000
MOST_LOG_CHARACTERS = 8_000

# The address of a job of Actions, whose log can be asked for.
_ACTIONS_JOB = re.compile(r"/actions/runs/\d+/job/(\d+)")
# The line in an annotation: what stands above may have been changed.
_LINE = re.compile(r":\d+:")
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
    """How they stand: the failing ones as GitHub has them, and of the others how many passed, have not ended yet, or ended
    neither well nor badly (`undecided`: cancelled, for example)."""

    failing_runs: tuple[dict[str, Any], ...] = ()
    failing_statuses: tuple[dict[str, Any], ...] = ()
    passed: int = 0
    unfinished: int = 0
    undecided: int = 0

    @property
    def failing(self) -> int:
        return len(self.failing_runs) + len(self.failing_statuses)


async def checks_on(
    github: GitHub, token: InstallationToken, repository: str, sha: str, *, but_of_app: int, ignored: Collection[str] = ()
) -> Checks:
    """The checks on this commit, but for those of one App and those whose name fits a pattern. Raises Passing, Refused."""
    commit = f"{repository_path(repository)}/commits/{sha}"
    listed = await github.with_token(token, "GET", f"{commit}/check-runs?filter=latest&per_page={A_PAGE}")
    runs = [run for run in listed["check_runs"] if (run.get("app") or {}).get("id") != but_of_app]
    runs = [run for run in runs if not fits(run["name"], ignored)]
    combined = await github.with_token(token, "GET", f"{commit}/status?per_page={A_PAGE}")
    statuses = [one for one in combined["statuses"] if not fits(one["context"], ignored)]
    ended = [run["conclusion"] for run in runs if run["status"] == "completed"]
    states = [one["state"] for one in statuses]
    # What GitHub did not list may be anything.
    unlisted = max(0, listed["total_count"] - len(listed["check_runs"]))
    passed = [conclusion for conclusion in ended if conclusion in PASSED]
    failed = tuple(run for run in runs if run["conclusion"] in FAILED)
    return Checks(
        failing_runs=failed,
        failing_statuses=tuple(one for one in statuses if one["state"] in ("failure", "error")),
        passed=len(passed) + states.count("success"),
        unfinished=len(runs) - len(ended) + states.count("pending"),
        undecided=len(ended) - len(passed) - len(failed) + unlisted,
    )


def fits(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


async def read_failing(github: GitHub, token: InstallationToken, repository: str, checks: Checks) -> tuple[FailingCheck, ...]:
    """What those of them say that fail. Raises Passing, Refused."""
    base = repository_path(repository)
    runs = checks.failing_runs
    told = [await told_of(github, token, base, run) for run in runs[:MOST_TOLD]]
    told += [FailingCheck(run["name"], run["conclusion"]) for run in runs[MOST_TOLD:]]
    told += [FailingCheck(one["context"], one["state"], one["description"] or "") for one in checks.failing_statuses]
    return tuple(told)


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


def names_of(failing: Sequence[FailingCheck]) -> frozenset[str]:
    """What is the same as long as the same fails: a check's annotations where it has some, without the lines that they are on,
    else its name."""
    return frozenset(
        f"{check.name}: {_LINE.sub(':', annotation, count=1)}" if annotation else check.name
        for check in failing
        for annotation in check.annotations or ("",)
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
