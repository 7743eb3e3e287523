"""What the agent is told about plans: to make one, to make the next version, to settle what a review found, to carry one out.
Pure.

A plan that is shown to the agent again is cleaned like any other text: it may quote what strangers wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.ask import Ask
from github_app.domain.plan import FEWEST_TASKS, MAX_PLAN_CHARACTERS, MOST_TASKS, Finding
from github_app.jobs.agent.prompt import MAX_BODY_CHARACTERS, issue_text, thread_of, with_it
from github_app.text.hostile import clean, wrap

FORM = f"""\
Look at the code and its tests as closely as the plan needs. Change nothing: you are in plan mode, where whatever would change
something is refused, and nothing that you leave behind is kept. Do not write a plan file and do not ask for approval: end with
the plan itself as your last message, in markdown and in this form:

- the first line is a title of at most 70 characters, followed by an empty line;
- `## Research`: what you found, with the files and lines that it rests on, and what you took for granted;
- `## Plan`: {FEWEST_TASKS} to {MOST_TASKS} tasks in the order in which they are done, each under a heading of its own such as
  `### 1. Round before splitting`, with what is touched (paths), what is done, and the tests that show it;
- `## Risks`: what could go wrong, and what you leave out on purpose;
- `## Estimate`: one line such as `Estimate: $1.50`, what it will cost to have an agent like you carry the plan out.

People approve the plan as it stands there, and somebody else may carry it out: it has to be complete without this
conversation."""

# The verb by which a plan is approved before it is made.
AUTO = "auto"

# The file that the plan has on the working branch, whose last part is filled in as the work goes on.
IMPLEMENTATION = "## Implementation"


def to_plan(ask: Ask) -> str:
    text = clean(ask.command.text).strip()
    asks = f"{with_it(ask)}{ask.actor.login}, who may decide here, asks you for a plan on {thread_of(ask)}"
    wanted = f"{asks}:\n\n{text}" if text else f"{asks}, for doing what it says."
    return f"{wanted}\n\n{FORM}"


def to_revise(ask: Ask, version: int, plan: str) -> str:
    text = clean(ask.command.text).strip()
    who = f"{with_it(ask)}{ask.actor.login}, who may decide here"
    asks = f"{who}, asks you for the next version of plan v{version} on {thread_of(ask)}"
    return "\n\n".join(
        [
            f"{asks}:\n\n{text}" if text else f"{asks}, from how the repository and the text are now.",
            "This is its title and text as of now.",
            wrap(issue_text(ask), max_length=MAX_BODY_CHARACTERS),
            f"This is plan v{version}.",
            shown(plan),
            FORM,
        ]
    )


def to_settle(blockers: Sequence[Finding], missing: Sequence[str]) -> str:
    """What goes back to the planner: a reviewer's blockers, and what the plan lacks, in sentences."""
    parts = []
    if blockers:
        parts += [
            "A second model has reviewed your plan and found what must be settled before anybody acts on it. Look into each "
            "point: settle it in the plan, or say in its risks why it does not hold.",
            wrap("\n\n".join(map(told, blockers)), max_length=MAX_PLAN_CHARACTERS),
        ]
    if missing:
        parts.append(" ".join(["Your plan is not complete.", *missing]))
    return "\n\n".join([*parts, "End with the whole plan again, in its next version.", FORM])


def told(finding: Finding) -> str:
    return f"{finding.what}\nWhy: {finding.why}\nFix: {finding.fix}"


def to_carry_out(ask: Ask, version: int, plan: str, file: str) -> str:
    approves = "approved" if ask.command.verb == AUTO else "approves"
    return "\n\n".join(
        [
            f"{with_it(ask)}{ask.actor.login}, who may decide here, {approves} plan v{version} on {thread_of(ask)}. Carry it "
            "out, task by task in its order, and no more than it says. Where a task turns out wrong, do what serves what was "
            "asked, and say in the end where you left the plan and why. You are not in plan mode any more: change files and "
            "commit as your standing rules say.",
            shown(plan),
            f"The plan lies in `{file}`. Fill in its last part, `{IMPLEMENTATION}`, as you go: for each task what was done "
            "and how it was checked. Commit it with the rest.",
        ]
    )


def plan_file_text(version: int, plan: str, *, asked_by: str, approval: Ask, thread: str) -> str:
    """What the plan's file says before the work on it begins: research and plan as they were approved."""
    approved = f"approved by {approval.actor.login}"
    if approval.command.verb == AUTO:
        approved += " before it was made, for the case that its review finds no blocker"
    whose = f"Plan v{version} for {thread}, asked for by {asked_by} and {approved}."
    return f"{clean(plan).strip()}\n\n---\n\n{whose}\n\n{IMPLEMENTATION}\n\nNot begun.\n"


def shown(plan: str) -> str:
    return wrap(plan, max_length=MAX_PLAN_CHARACTERS)
