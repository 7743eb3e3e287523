"""The open review threads of a pull request become a request: what is said in each, and who of those who say it may decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec

from github_app.commands.authority import Yes
from github_app.commands.queueing import queue
from github_app.commands.verb import Call
from github_app.domain.ask import Account
from github_app.domain.review_threads import Remark, ReviewThread, first_of
from github_app.github.review_threads import FoundThread, unresolved_threads
from github_app.github.tokens import Purpose
from state.findings import Chore

RECIPE = "resolve/1"
CHORE: Chore = "resolve"

# GitHub is asked about one after the other; whoever comes after them is a stranger to the agent.
MOST_ASKED_ABOUT = 10


async def open_threads(call: Call) -> list[FoundThread]:
    """Those that nobody has resolved, as they are now. Raises Passing, Refused."""
    target, services = call.ask.target, call.services
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
    return await unresolved_threads(
        services.github, token.value, target.repository.full_name, target.thread, job_id=call.job_id or None
    )


async def queue_resolve(call: Call, found: Sequence[FoundThread], findings: Collection[str] = ()) -> str:
    """Queue a job that works through them, which were found under these names if nobody asked; gives a note for the log."""
    threads = first_of(await with_standing(call, found))
    return await queue(replace(call, ask=msgspec.structs.replace(call.ask, threads=threads)), RECIPE, CHORE, findings)


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
