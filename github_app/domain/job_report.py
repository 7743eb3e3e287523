"""What Harvest itself saw of a job, beside what the agent says: commands, files, blocked hosts, cost, time. Plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Literal

import msgspec

from github_app.domain.ending import HALF_DONE, Ending
from github_app.domain.evidence import Evidence
from github_app.domain.plan import Plan
from github_app.domain.question import Question
from github_app.domain.review import Review
from github_app.domain.screenshot import Screenshot


class SeenCommand(msgspec.Struct, frozen=True):
    """`exit_code` is None when the command was not run to its end."""

    command: str
    exit_code: int | None


class ToolUse(msgspec.Struct, frozen=True):
    """How often a tool of a server was called, and how often that brought nothing."""

    server: str
    tool: str
    calls: int
    failed: int = 0


# What an agent that goes on with a session knows of it: all that was said ("all"), what was asked and answered ("told"), or
# what the branch shows ("branch"); empty for a session's first job.
Recalls = Literal["", "all", "told", "branch"]


class JobReport(msgspec.Struct, frozen=True):
    """`said` is the agent's last message, whole, `title` and `summary` the parts of it; the rest is what Harvest saw. Cost in
    US dollars, time in seconds; `files` are paths, `insertions` and `deletions` lines. `blocked_hosts` were not reached and
    may not be: `egress` is the limit's name. `session_cost_usd` is what all jobs of the session took so far, `sandbox_seconds`
    how long the job's sandboxes had run by the report. `pushed_sha` is the commit that was published, `answer_comment_id` the
    comment that has the answer to a question, 0 for none. `notes` are sentences of Harvest's own, and `patch` is what a job
    that came to no end leaves, made harmless for a block of code; `steps` are the commands by which a person takes it. `plan`
    is a plan that waits for approval, whose text is what was said, and `review` a review that was submitted. `filled` is the
    repository's template for pull requests as the agent filled it in, `evidence` what was seen of its tests, None where no
    agent worked; `tree` is git's name for all files of what was vetted, to which that is compared. `was_told` says that the
    session's agent was told what was asked. `remembers` are the numbers of what it proposes to keep in memory, `question` is
    what it waits for, `screenshots` are those that people can see."""

    said: str = ""
    title: str = ""
    summary: str = ""
    model: str = ""
    commands: tuple[SeenCommand, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    egress: str = ""
    blocked_hosts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    insertions: int = 0
    deletions: int = 0
    commits: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    sandbox_seconds: float = 0.0
    turns: int = 0
    started_from: str = ""
    pushed_sha: str = ""
    answer_comment_id: int = 0
    session_cost_usd: float = 0.0
    notes: tuple[str, ...] = ()
    patch: str = ""
    steps: str = ""
    plan: Plan | None = None
    recalls: Recalls = ""
    filled: str = ""
    evidence: Evidence | None = None
    tree: str = ""
    review: Review | None = None
    was_told: bool = False
    remembers: tuple[int, ...] = ()
    question: Question | None = None
    screenshots: tuple[Screenshot, ...] = ()

    def can_be_resumed(self, ending: Ending) -> bool:
        """Whether its agent was broken off in what it was asked: another one can go on from there. What a job published before
        it failed is no half of anything; what one that was stopped has left as a draft is."""
        return self.was_told and ending.outcome in HALF_DONE and (ending.outcome == "stopped" or not self.pushed_sha)

    def answers(self, ending: Ending) -> bool:
        """Whether what the agent said is what was wanted: to a question, the answer. It published nothing."""
        return ending.outcome in ("succeeded", "no_change") and bool(self.said) and not self.pushed_sha

    def with_changes(self, files: tuple[str, ...], insertions: int, deletions: int, commits: int) -> JobReport:
        """The same, with what was changed."""
        return msgspec.structs.replace(self, files=files, insertions=insertions, deletions=deletions, commits=commits)


def sum_of(reports: Sequence[JobReport]) -> JobReport:
    """What several jobs on one branch took together, oldest first, of which there is at least one. What they changed doesn't
    add up: files and lines stay the last one's, and what its sandboxes took is known only after its end."""
    last = reports[-1]
    return msgspec.structs.replace(
        last,
        commands=tuple(command for report in reports for command in report.commands),
        tools=sum_of_tools(use for report in reports for use in report.tools),
        blocked_hosts=tuple(dict.fromkeys(host for report in reports for host in report.blocked_hosts)),
        commits=sum(report.commits for report in reports),
        cost_usd=sum(report.cost_usd for report in reports),
        seconds=sum(report.seconds for report in reports),
        sandbox_seconds=0.0,
        turns=sum(report.turns for report in reports),
        filled=next((report.filled for report in reversed(reports) if report.filled), ""),
        screenshots=next((report.screenshots for report in reversed(reports) if report.screenshots), ()),
        evidence=reduce(both, (report.evidence for report in reports)),
    )


def both(before: Evidence | None, later: Evidence | None) -> Evidence | None:
    """What was seen of the tests of two jobs on one branch. A job without an agent edits all the same."""
    return later if before is None else before.then(later or Evidence(edited_since=True))


def sum_of_tools(uses: Iterable[ToolUse]) -> tuple[ToolUse, ...]:
    """One for each tool, in the order of the first."""
    sums: dict[tuple[str, str], ToolUse] = {}
    for use in uses:
        before = sums.get((use.server, use.tool), ToolUse(use.server, use.tool, 0))
        sums[use.server, use.tool] = ToolUse(use.server, use.tool, before.calls + use.calls, before.failed + use.failed)
    return tuple(sums.values())


# GitHub cuts a title at 256 characters; what a person reads in a list is far shorter.
TITLE_CHARACTERS = 72


def title_and_summary(text: str) -> tuple[str, str]:
    """Split the agent's last words: a short first line followed by an empty one is the title; else there is none."""
    first, _, rest = text.strip().partition("\n")
    title = first.strip().lstrip("#").strip().strip("*").strip()
    if rest.strip() and not rest.splitlines()[0].strip() and 0 < len(title) <= TITLE_CHARACTERS:
        return title, rest.strip()
    return "", text.strip()
