"""A plan that the agent made and a person may approve: what is read out of its text, and what a reviewer found in it. Pure.

The text is the agent's, and the findings a model's: whoever shows them neutralises them first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

# What a person reads whole before they approve it, and what GitHub shows in one comment: nobody approves more than that.
MAX_PLAN_CHARACTERS = 30_000

# What a plan is asked to have.
FEWEST_TASKS, MOST_TASKS = 5, 10

# As the planner is told to write them; a model may make them bold all the same.
TASK = re.compile(r"^###\s+\**\d{1,2}[.)]", re.MULTILINE)
ESTIMATE = re.compile(r"^\W*estimate\W*\$\s?(\d{1,5}(?:\.\d{1,4})?)", re.MULTILINE | re.IGNORECASE)

Severity = Literal["BLOCKER", "SHOULD", "CONSIDER"]
SEVERITIES: tuple[Severity, ...] = ("BLOCKER", "SHOULD", "CONSIDER")


class Finding(msgspec.Struct, frozen=True):
    """What a reviewer holds against a plan. A blocker must be settled before anybody acts on it."""

    severity: Severity
    what: str
    why: str
    fix: str


class Plan(msgspec.Struct, frozen=True):
    """A plan as it was posted. `version` counts from 1 in its session. It was made on `base_branch` at `base_sha`, and on
    `branch` at `branch_sha`, which is empty when there was no such branch yet; `of_a_fork`: there it is the head of a pull
    request from a fork. `at` is when posting it began, and
    `posted_at` when it stood there, in seconds since the epoch; 0 where that was not kept. `blockers` counts those that the
    last review left.

    Where it is shown in a pull request, `pull` is that one's number, `pull_branch` its branch, `pull_sha` the commit that has
    this version, and `file` the path of it there."""

    version: int
    base_branch: str
    base_sha: str
    branch: str
    branch_sha: str
    comment_id: int
    at: float
    blockers: int = 0
    posted_at: float = 0.0
    of_a_fork: bool = False
    pull: int = 0
    pull_branch: str = ""
    pull_sha: str = ""
    file: str = ""


def shortcomings(text: str) -> list[str]:
    """What a plan lacks that it was asked to have, in sentences; empty when it is complete."""
    missing = []
    if len(text) > MAX_PLAN_CHARACTERS:
        missing.append(f"The plan is longer than {MAX_PLAN_CHARACTERS:,} characters; the rest is left out.")
    tasks = len(TASK.findall(text))
    if not FEWEST_TASKS <= tasks <= MOST_TASKS:
        had = "no task" if not tasks else "1 task" if tasks == 1 else f"{tasks} tasks"
        missing.append(f"The plan has {had} in the form that was asked for, instead of {FEWEST_TASKS} to {MOST_TASKS}.")
    if estimate_in(text) is None:
        missing.append("The plan has no estimate of what carrying it out will cost, in dollars.")
    return missing


def estimate_in(text: str) -> float | None:
    """What the plan says that carrying it out will cost, in US dollars; None when it does not say."""
    found = ESTIMATE.findall(text)
    return float(found[-1]) if found else None


def blockers_in(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "BLOCKER"]
