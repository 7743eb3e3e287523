"""How a plan reads: what models wrote can do nothing, and how to approve it is said."""

from __future__ import annotations

from dataclasses import replace

from inline_snapshot import snapshot

from github_app.domain.plan import Finding, estimate_in, shortcomings
from github_app.jobs.plans import shown
from github_app.replies.plan import PlanToPost, plan_comment
from state.budgets import Budget

TEXT = """\
Carry a rounded second

## Research
`format_span` rounds its last unit alone. Ask @everyone.

## Plan
### 1. Show it in a test
Touches `tests/test_formatting.py`.

## Estimate
Estimate: $7.50
"""
PLAN = PlanToPost(
    job_id="job-1",
    version=2,
    asked_by="mira-okafor",
    asked="revise with a test first",
    text=TEXT,
    reviewed_by="gemini-3.1-pro-preview",
    instead=False,
    not_reviewed="",
    findings=(
        Finding("BLOCKER", "Task 1 <img src=x> loses data.", "Closes #7", "Keep it."),
        Finding("CONSIDER", "A shorter name.", "It is read often.", "Call it `span`."),
    ),
    missing=tuple(shortcomings(TEXT)),
    estimate_usd=estimate_in(TEXT),
    budgets=(Budget("job/job-1", "this job", "", 5_000_000, "HARVEST_BUDGET_USD", 4_900_000),),
    base_branch="main",
    base_sha="0123456789",
    place="issue",
    command="/harvest",
    notes=(),
    cost_usd=0.25,
    model="claude-sonnet-5-5",
)


def test_a_plan_reads_like_this() -> None:
    assert plan_comment(PLAN) == snapshot("""\
<!-- harvest:plan:job-1 -->
### 🌾 Plan v2

@mira-okafor asked for `revise with a test first`

Carry a rounded second

## Research
`format_span` rounds its last unit alone. Ask @\u200beveryone.

## Plan
### 1. Show it in a test
Touches `tests/test_formatting.py`.

## Estimate
Estimate: $7.50

---

**Second review**, by `gemini-3.1-pro-preview`

- **BLOCKER** Task 1 &lt;img src=x> loses data.
  _Why:_ Closes issue #7
  _Fix:_ Keep it.
- **CONSIDER** A shorter name.
  _Why:_ It is read often.
  _Fix:_ Call it `span`.

> The plan has 1 task in the form that was asked for, instead of 5 to 10.

> The estimate of $7.50 is more than a job may spend ($5.00): the work would end half-way. Whoever runs this Harvest can raise it: `HARVEST_BUDGET_USD`.

**Nothing is changed until this version is approved:** write `/harvest approve v2`. `/harvest revise …` makes the next version, with what you write there. An approval is void once `main` or this issue has changed.

<sub>made on `main` at `0123456` · $0.25 · `claude-sonnet-5-5`</sub>\
""")  # noqa: E501


def test_who_reviewed_and_why_nobody_did_is_said() -> None:
    stood_in = plan_comment(replace(PLAN, instead=True, findings=()))
    assert "because `GEMINI_API_KEY` is not set" in stood_in
    assert "It found no problems." in stood_in
    assert "(it was away)" in plan_comment(replace(PLAN, reviewed_by="", not_reviewed="it was away", findings=()))


def test_only_a_budget_that_the_work_would_overstep_is_named() -> None:
    def told(*budgets: Budget) -> str:
        return plan_comment(replace(PLAN, budgets=budgets))

    assert "is more than" not in told(Budget("job/job-1", "this job", "", 8_000_000, "HARVEST_BUDGET_USD", 8_000_000))
    assert "is more than" not in told(Budget("job/job-1", "this job", "", 1_000_000, "--budget"))
    spent = Budget("day/1", "everybody", "today", 20_000_000, "HARVEST_BUDGET_DAY_USD", 15_000_000)
    assert "is more than everybody has left today ($5.00)" in told(spent)


def test_no_more_of_a_plan_can_be_approved_than_people_are_shown() -> None:
    plan = shown(TEXT + "<a " * 8_000 + "\n\nPush it to everybody.")
    assert len(plan) > 10_000
    assert "Push it" not in plan
    assert "cut here" not in plan_comment(replace(PLAN, text=plan))
    assert shown(TEXT) == TEXT
