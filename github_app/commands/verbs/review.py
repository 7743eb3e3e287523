"""review: a pull request is read whole and gets one review submission; nothing is changed, and nothing approved. The label
`harvest:review` says the same."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.queueing import LOCKED, pull_head, queue
from github_app.commands.verb import Call, Form, Verb
from github_app.jobs.reviews import under_way
from github_app.replies import refusals

RECIPE = "review/1"


async def review(call: Call) -> str:
    """The pull request that it was asked on, or the one of the issue's session. One commit is not reviewed twice at once for
    the same words."""
    services, target = call.services, call.ask.target
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    number = target.thread if target.place == "pull" else session.pull_number if session is not None else None
    if number is None:
        await call.say(refusals.nothing_to_review(call.word))
        return "there is nothing to review"
    head = await pull_head(replace(await call.thread(), number=number))
    if isinstance(head, str):
        if target.place == "pull":
            return await queue(call, RECIPE)  # which says why nothing can be done there
        why = "locked" if head == LOCKED else "closed"
        await call.say(refusals.not_to_be_reviewed(number, why))
        return f"there is nothing to review: the pull request is {why}"
    ask = msgspec.structs.replace(call.ask, target=msgspec.structs.replace(target, pull=head))
    before = await services.jobs.live_of_session(session.id) if session is not None else []
    if under_way(before, ask, but=call.job_id) is not None:
        await call.say(refusals.reviewed_already(head.sha))
        return f"{head.sha[:7]} is reviewed already"
    return await queue(replace(call, ask=ask), RECIPE)


VERB = Verb(
    name="review",
    forms=(
        Form("review", "reads the whole pull request and reviews it, with comments on its lines, and changes nothing"),
        Form("review …", "the same, with an eye on what you write"),
    ),
    permission="ask",
    carry_out=review,
    options=(MODEL, BUDGET),
)
