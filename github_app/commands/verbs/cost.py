"""cost: what was spent here, and in the repository: money, tokens, time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from github_app.commands.verb import Call, Form, Verb
from github_app.replies.costs import costs_text
from github_app.settings.budgets import Payer, accounts_of
from github_app.settings.repository import RepositorySettings


async def answer_with_the_costs(call: Call) -> str:
    services, target = call.services, call.ask.target
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = [
        ("this repository, this month", await services.costs.of_repository(target.repository.id, since=month.timestamp())),
        ("this repository, in all", await services.costs.of_repository(target.repository.id)),
    ]
    if session is not None:
        rows.insert(0, ("here", await services.costs.of_session(session.id)))
    own = (await call.settings_on(target.repository.default_branch)).settings or RepositorySettings()
    payer = Payer.of(call.ask, call.job_id, session.id if session is not None else "", time.time())
    budgets = await services.budgets.standing(accounts_of(payer, services.settings, own))
    await call.say(costs_text(rows, budgets, counted=services.settings.model_access == "gateway"))
    return "answered with the costs"


VERB = Verb(
    name="cost",
    forms=(Form("cost", "answers what was spent here and in this repository"),),
    permission="ask",
    carry_out=answer_with_the_costs,
)
