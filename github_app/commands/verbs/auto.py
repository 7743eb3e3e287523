"""auto: a plan, which is carried out if its second review finds no blocker. The label `harvest:auto` says the same.

Two jobs wait behind each other: the one that makes the plan, and the one that looks whether it may carry it out.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.job_options import BASE, BUDGET, MODEL
from github_app.commands.plan_gate import NO_PLAN, as_it_is_now
from github_app.commands.queueing import queue
from github_app.commands.verb import ON_ISSUES, Call, Form, Verb
from state.jobs import job_id_of


async def auto(call: Call) -> str:
    now = await as_it_is_now(call)
    if now is None:
        return NO_PLAN
    note = await queue(now, "plan/1")
    if call.job_id not in await call.services.jobs.known([call.job_id]):
        return note
    to_carry_out = msgspec.structs.replace(now.ask, plan_job=call.job_id)
    then = await queue(replace(now, ask=to_carry_out, job_id=job_id_of(f"{call.job_id}/carried out")), "auto/1")
    return f"{note}, then {then}"


# Whoever says it approves a plan that they have not read.
VERB = Verb(
    name="auto",
    forms=(
        Form(
            "auto", "makes a plan for what the issue says, and carries it out if its review finds no blocker", places=ON_ISSUES
        ),
        Form("auto …", "makes a plan for what you write, and carries it out if its review finds no blocker"),
    ),
    permission="approve",
    carry_out=auto,
    without_text="Tell me what to plan for this pull request, and to do then",
    example="auto move the settings into a file of their own",
    options=(MODEL, BASE, BUDGET),
)
