"""plan: research and a plan, which somebody approves before anything is changed. The label `harvest:plan` says the same."""

from __future__ import annotations

from github_app.commands.job_options import BASE, BUDGET, MODEL
from github_app.commands.plan_gate import NO_PLAN, as_it_is_now
from github_app.commands.queueing import queue
from github_app.commands.verb import ON_ISSUES, Call, Form, Verb


async def plan(call: Call) -> str:
    now = await as_it_is_now(call)
    return NO_PLAN if now is None else await queue(now, "plan/1")


VERB = Verb(
    name="plan",
    forms=(
        Form("plan", "answers with a plan for what the issue says, and changes nothing", places=ON_ISSUES),
        Form("plan …", "answers with a plan for what you write, and changes nothing"),
    ),
    permission="ask",
    carry_out=plan,
    without_text="Tell me what to plan for this pull request",
    example="plan move the settings into a file of their own",
    options=(MODEL, BASE, BUDGET),
)
