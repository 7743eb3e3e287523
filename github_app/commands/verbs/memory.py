"""memory: what is kept of earlier work, and from where; people approve, correct and forget it by its number."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from github_app.commands.authority import Terms, Yes, who_may_ask
from github_app.commands.moments import UNREAD_SECONDS, moment
from github_app.commands.option import Option
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import By
from github_app.domain.memory import as_entry
from github_app.jobs.job_report import report_in
from github_app.jobs.memory import reader_at
from github_app.replies import memory as texts
from github_app.replies.markdown import code_span
from github_app.settings.repository import RepositorySettings
from state.memory import MOST_CHARACTERS, Reader, SaidAlready, TooMany

APPROVE, FORGET, CORRECT = "approve", "forget", "correct"
MOST_AT_ONCE = 50

EVERYWHERE = Option("everywhere", "has it told in all repositories of this installation: `memory approve --everywhere 12`")


async def memory(call: Call) -> str:
    target = call.ask.target
    said, rest = first_word_of(call.ask.command.text)
    reader = await reader_at(
        call.services, target.installation_id, target.repository.id, target.repository.full_name, job_id=call.job_id
    )
    match said:
        case "":
            return await answer_with_what_is_kept(call, reader)
        case _ if call.ask.actor.type == "Bot" and said != FORGET:
            await call.say(texts.takes_a_person())
            return "refused: it takes a person"
        case "correct":
            return await correct(call, reader, rest)
        case _:
            return await decide(call, reader, said, rest)


async def answer_with_what_is_kept(call: Call, reader: Reader) -> str:
    kept = call.services.memory
    own = (await call.settings_on(call.ask.target.repository.default_branch)).settings or RepositorySettings()
    approved, proposed = await kept.listed(reader, "approved"), await kept.listed(reader, "proposed")
    await call.say(texts.memory_table(approved, proposed, reader.repository_id, call.word, switched_on=own.memory))
    return "answered with what is kept"


async def decide(call: Call, reader: Reader, said: str, rest: str) -> str:
    """Approve or forget those of these numbers; a button approves what its job was shown to propose."""
    kept, by = call.services.memory, call.ask.actor.login
    if call.ask.origin.by is By.BUTTON:
        numbers = await proposed_by(call, reader, call.ask.origin.job_id)
    elif not (numbers := numbers_in(rest)):
        await call.say(texts.which_ones(said, call.word))
        return "asked back: no number"
    approves = said == APPROVE
    everywhere = EVERYWHERE.name in call.ask.command.options if approves else await is_for_everywhere(call, reader, numbers)
    if everywhere and not await is_admin(call):
        await call.say(texts.takes_admin(code_span(by), approving=approves))
        return "refused: it takes the role admin"
    seen_at = moment(call.ask.origin.at).timestamp() - UNREAD_SECONDS if everywhere else math.inf
    try:
        decided = await (
            kept.approve(reader, numbers, by=by, everywhere=everywhere, seen_at=seen_at)
            if approves
            else kept.forget(reader, numbers, by=by, everywhere=everywhere)
        )
    except TooMany as problem:
        await call.say(texts.too_many(problem, call.word))
        return "refused: there are too many"
    left = [number for number in numbers if number not in {entry.number for entry in decided}]
    found = [await kept.get(reader, number) for number in left] if approves else []
    changed = [entry.number for entry in found if entry is not None and entry.standing == "approved"]
    missing = [number for number in left if number not in changed]
    told = [(texts.approved if approves else texts.forgotten)(decided)] if decided else []
    told += [texts.changed_since(changed, call.word)] if changed else []
    told += [texts.not_there(missing, call.word)] if missing else []
    await call.say("\n\n".join(told))
    return f"{len(decided)} of {len(numbers)} {'approved' if said == APPROVE else 'forgotten'}"


async def correct(call: Call, reader: Reader, rest: str) -> str:
    first, words = first_word_of(rest)
    numbers, text = numbers_in(first), as_entry(words)
    if len(numbers) != 1 or not words.strip():
        await call.say(texts.which_ones(CORRECT, call.word))
        return "asked back: no number"
    if not text or len(text) > MOST_CHARACTERS:
        await call.say(texts.too_long(len(text)) if text else texts.says_nothing())
        return "refused: that can't be kept"
    everywhere = await is_for_everywhere(call, reader, numbers)
    if everywhere and not await is_admin(call):
        await call.say(texts.takes_admin(code_span(call.ask.actor.login), approving=False))
        return "refused: it takes the role admin"
    try:
        entry = await call.services.memory.correct(reader, numbers[0], text, by=call.ask.actor.login, everywhere=everywhere)
    except SaidAlready as problem:
        await call.say(texts.said_already(problem.number))
        return "another entry says so already"
    except TooMany as problem:
        await call.say(texts.too_many(problem, call.word))
        return "refused: there are too many"
    await call.say(texts.not_there(numbers, call.word) if entry is None else texts.corrected(entry))
    return "corrected" if entry is not None else "there is no such entry"


async def proposed_by(call: Call, reader: Reader, job_id: str) -> list[int]:
    """The numbers of what that job was shown to propose, and no other has proposed anew in another form since."""
    shown = report_in(await call.services.jobs.get(job_id)).remembers
    found = [await call.services.memory.get(reader, number) for number in shown]
    return [entry.number for entry in found if entry is not None and entry.job_id == job_id]


async def is_for_everywhere(call: Call, reader: Reader, numbers: list[int]) -> bool:
    """Whether one of these is told in all repositories."""
    found = [await call.services.memory.get(reader, number) for number in numbers]
    return any(entry is not None and entry.everywhere for entry in found)


async def is_admin(call: Call) -> bool:
    """What reaches other repositories takes more than the word of who may write to one of them."""
    services, thread = call.services, await call.thread()
    own = (await call.settings_on(call.ask.target.repository.default_branch)).settings or RepositorySettings()
    terms = replace(Terms.of("approve", services.settings.allowed_bots, own), role="admin")
    answer = await who_may_ask(services.roles, thread.token, thread.repository, call.ask.actor, terms, call.job_id)
    return isinstance(answer, Yes)


def first_word_of(text: str) -> tuple[str, str]:
    first, *rest = [*text.split(maxsplit=1), ""]
    return first, rest[0] if rest else ""


def numbers_in(text: str) -> list[int]:
    """The numbers of entries that somebody wrote, as `12`, `#12` or `12, 14`; none where something else stands there."""
    words = [word.lstrip("#") for word in re.split(r"[\s,]+", text.strip()) if word]
    if not all(re.fullmatch(r"[0-9]{1,15}", word, re.ASCII) for word in words):
        return []
    return list(dict.fromkeys(int(word) for word in words))[:MOST_AT_ONCE]


VERB = Verb(
    name="memory",
    forms=(
        Form("memory", "lists what is kept of earlier work here and from where, and what is proposed", permission="ask"),
        Form(f"memory {APPROVE} …", "has later jobs told what the entries of these numbers say"),
        Form(f"memory {FORGET} …", "has no job told any more what they say"),
        Form(f"memory {CORRECT} …", "changes what that entry says: `memory correct 12 it counts from 0`"),
    ),
    permission="approve",
    carry_out=memory,
    options=(EVERYWHERE,),
)
