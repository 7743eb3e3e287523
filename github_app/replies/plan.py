"""How a plan reads: a comment of its own, with what a second model holds against it and how to approve it. Whoever asked is
mentioned: who put a label on does not follow the thread yet. Pure.

Plan and findings are what models wrote, and neutralised here.
"""

from __future__ import annotations

from dataclasses import dataclass

from github_app.domain.ask import Place
from github_app.domain.plan import MAX_PLAN_CHARACTERS, Finding
from github_app.replies.comment import short_request
from github_app.replies.end import mention
from github_app.replies.markdown import code_span, dollars
from github_app.replies.refusals import who_can_raise
from github_app.replies.wording import THE_ISSUE
from github_app.text.neutral import neutralise, neutralise_code, neutralise_line
from state.budgets import Budget
from state.columns import to_dollars

# What makes a text harmless makes it longer.
MAX_SHOWN_CHARACTERS = MAX_PLAN_CHARACTERS + 12_000
GROWN = 10
MAX_SENTENCE_CHARACTERS = 700
MAX_NOTES = 10


@dataclass(frozen=True)
class PlanToPost:
    """`reviewed_by` is the model that reviewed it, empty when none did, which `not_reviewed` explains; `instead` says that it
    stood in for Gemini. `missing` are sentences on what the plan lacks. `budgets` are what the job is held to. Money in US
    dollars."""

    job_id: str
    version: int
    asked_by: str
    asked: str
    text: str
    reviewed_by: str
    instead: bool
    not_reviewed: str
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    estimate_usd: float | None
    budgets: tuple[Budget, ...]
    base_branch: str
    base_sha: str
    place: Place
    command: str
    notes: tuple[str, ...]
    cost_usd: float
    model: str


def plan_marker(job_id: str) -> str:
    """What makes a job's plan findable after a crash."""
    return f"<!-- harvest:plan:{job_id} -->"


def shown_whole(text: str) -> str:
    """The text of a plan as far as people can be shown it: what makes its markup harmless makes it longer."""
    while len(neutralise(text, max_length=GROWN * MAX_SHOWN_CHARACTERS)) > MAX_SHOWN_CHARACTERS:
        text = text[: len(text) * 3 // 4]
    return text


def plan_comment(plan: PlanToPost) -> str:
    """The whole comment."""
    parts = [
        f"{plan_marker(plan.job_id)}\n### 🌾 Plan v{plan.version}",
        f"{mention(plan.asked_by)} asked for {short_request(plan.asked, max_length=200) or THE_ISSUE}",
        neutralise(plan.text, max_length=MAX_SHOWN_CHARACTERS),
        "---",
        *said_of_it(plan),
        how_to_approve(plan),
        f"<sub>{' · '.join(facts(plan))}</sub>",
    ]
    return "\n\n".join(part for part in parts if part)


def said_of_it(plan: PlanToPost) -> list[str]:
    """What a second model and Harvest itself hold against the plan."""
    return [
        *review_section(plan),
        *(f"> {sentence}" for sentence in [*plan.missing, *beyond_the_budgets(plan)]),
        *(f"> {neutralise_line(note, max_length=500)}" for note in plan.notes[:MAX_NOTES]),
    ]


def review_section(plan: PlanToPost) -> list[str]:
    if not plan.reviewed_by:
        why = neutralise_line(plan.not_reviewed, max_length=MAX_SENTENCE_CHARACTERS)
        return ["**Second review**", f"No second model has reviewed this plan ({why}). Read it with more care."]
    by = f"**Second review**, by {code_span(plan.reviewed_by)}"
    if plan.instead:
        by += " (a second Claude model, because `GEMINI_API_KEY` is not set)"
    if not plan.findings:
        return [by, "It found no problems."]
    return [by, "\n".join(finding_line(finding) for finding in plan.findings)]


def finding_line(finding: Finding) -> str:
    what, why, fix = (
        neutralise_line(said, max_length=MAX_SENTENCE_CHARACTERS) for said in (finding.what, finding.why, finding.fix)
    )
    return f"- **{finding.severity}** {what}\n  _Why:_ {why}\n  _Fix:_ {fix}"


def beyond_the_budgets(plan: PlanToPost) -> list[str]:
    """What the job that carries the plan out spends from, and has too little. That job has a budget of its own, of which
    nothing is spent yet; an option of this one's does not hold for it."""
    if plan.estimate_usd is None:
        return []
    sentences = []
    for budget in plan.budgets:
        own = budget.account.startswith("job/")
        left = to_dollars(budget.limit_microdollars - (0 if own else budget.spent_microdollars))
        if plan.estimate_usd > left and not budget.set_by.startswith("--"):
            has = "a job may spend" if own else f"{budget.whose} has left {budget.period}".rstrip()
            sentences.append(
                f"The estimate of {dollars(plan.estimate_usd)} is more than {has} ({dollars(left)}): the work would end "
                f"half-way. {who_can_raise(budget.set_by)}"
            )
    return sentences


def how_to_approve(plan: PlanToPost) -> str:
    base = code_span(neutralise_code(plan.base_branch, max_length=200))
    this = "issue" if plan.place == "issue" else "pull request"
    return (
        f"**Nothing is changed until this version is approved:** write `{plan.command} approve v{plan.version}`. "
        f"`{plan.command} revise …` makes the next version, with what you write there. An approval is void once {base} or "
        f"this {this} has changed."
    )


def facts(plan: PlanToPost) -> list[str]:
    base = neutralise_code(plan.base_branch, max_length=200)
    told = [f"made on {code_span(base)} at {code_span(plan.base_sha[:7])}"]
    if plan.cost_usd:
        told.append(dollars(plan.cost_usd))
    if plan.model:
        told.append(code_span(plan.model))
    return told
