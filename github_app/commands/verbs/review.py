"""review: a pull request is read whole and gets one review submission; nothing is changed, and nothing approved. The label
`harvest:review` says the same."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.queueing import LOCKED, pull_head, queue
from github_app.commands.verb import Call, Form, Verb
from github_app.replies import refusals

RECIPE = "review/1"


async def review(call: Call) -> str:
    """On an issue it is the pull request that its session works on, as it is now."""
    target = call.ask.target
    if target.place == "pull":
        return await queue(call, RECIPE, "review")
    session = await call.services.sessions.by_thread(target.repository.id, target.thread)
    number = session.pull_number if session is not None else None
    if number is None:
        await call.say(refusals.nothing_to_review(call.word))
        return "there is nothing to review"
    head = await pull_head(replace(await call.thread(), number=number))
    if isinstance(head, str):
        why = "locked" if head == LOCKED else "closed"
        await call.say(refusals.not_to_be_reviewed(number, why))
        return f"there is nothing to review: the pull request is {why}"
    target = msgspec.structs.replace(target, pull=head)
    return await queue(replace(call, ask=msgspec.structs.replace(call.ask, target=target)), RECIPE, "review")


VERB = Verb(
    name="review",
    forms=(
        Form("review", "reads the whole pull request and reviews it, with comments on its lines, and changes nothing"),
        Form("review …", "the same, with an eye on what you write"),
    ),
    permission="ask",
    carry_out=review,
    options=(MODEL, BUDGET),
    chore="review",
)
