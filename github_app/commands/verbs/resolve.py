"""resolve: the review threads of a pull request that nobody has resolved are worked through, and each is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from github_app.commands.authority import Yes
from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.queueing import pull_head, queue
from github_app.commands.verb import ON_PULLS, Call, Form, Verb
from github_app.domain.ask import Account
from github_app.domain.review_threads import Remark, ReviewThread, first_of
from github_app.github.review_threads import FoundThread, unresolved_threads
from github_app.github.tokens import Purpose
from github_app.replies import threads as words

RECIPE = "resolve/1"

# GitHub is asked about one after the other; whoever comes after them is a stranger to the agent.
MOST_ASKED_ABOUT = 10


async def resolve(call: Call) -> str:
    """The threads count as they are now; what is said in them later is another request."""
    target, services = call.ask.target, call.services
    if not isinstance(await pull_head(await call.thread()), str):
        token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
        found = await unresolved_threads(
            services.github, token.value, target.repository.full_name, target.thread, job_id=call.job_id
        )
        if not found:
            await call.say(words.none_open())
            return "no review thread is open"
        threads = first_of(await with_standing(call, found))
        call = replace(call, ask=msgspec.structs.replace(call.ask, threads=threads))
    return await queue(call, RECIPE, "resolve")  # which says why nothing can be done there, if so


async def with_standing(call: Call, found: Sequence[FoundThread]) -> list[ReviewThread]:
    """The threads as the agent is told them: of each who spoke, whether they may ask for changes here."""
    may_decide = await who_may_decide(call, [one.by for thread in found for one in thread.said if one.by is not None])
    return [
        ReviewThread(
            id=thread.id,
            first_comment=thread.first_comment,
            path=thread.path,
            line=thread.line,
            hunk=thread.hunk,
            remarks=tuple(
                Remark("somebody", one.text) if one.by is None else Remark(one.by.login, one.text, one.by.id in may_decide)
                for one in thread.said
            ),
        )
        for thread in found
    ]


async def who_may_decide(call: Call, accounts: Sequence[Account]) -> set[int]:
    """The ids of those people who may ask for what changes something, as whoever asked for this may. A bot never."""
    decide = {call.ask.actor.id} if call.ask.actor.type == "User" else set()
    people = {one.id: one for one in accounts if one.type == "User" and one.id not in decide}
    for person in list(people.values())[:MOST_ASKED_ABOUT]:
        asked_by_them = replace(call, ask=msgspec.structs.replace(call.ask, actor=person))
        if isinstance(await asked_by_them.may_ask("change"), Yes):
            decide.add(person.id)
    return decide


VERB = Verb(
    name="resolve",
    forms=(
        Form("resolve", "works through the open review threads: each is settled and resolved, or answered, or left", ON_PULLS),
    ),
    carry_out=resolve,
    options=(MODEL, BUDGET),
    chore="resolve",
)
