"""From an ask to what becomes of it: may they, does it make sense there, and then the verb's own file carries it out.

Every path can be walked twice: jobs have ids made from the ask, and what is said carries a marker.
"""

from __future__ import annotations

from structlog.contextvars import bind_contextvars

from github_app.commands.all_verbs import all_verbs
from github_app.commands.authority import No, Permission
from github_app.commands.queueing import queue
from github_app.commands.refused_askers import RefusedAskers
from github_app.commands.strangers import NOTE, PASSED_OVER, Strangers
from github_app.commands.verb import Call
from github_app.domain.ask import Ask, By
from github_app.jobs.services import Services
from github_app.replies import refusals, unclear
from github_app.replies.markdown import code_span
from state.inbox import Delivery


class CommandDispatcher:
    """Carries out asks; each gives a note on what was done, for the log."""

    def __init__(self, services: Services, refused: RefusedAskers) -> None:
        self._services = services
        self._refused = refused
        self._strangers = Strangers()

    async def carry_out(self, ask: Ask, job_id: str, delivery: Delivery | None = None) -> str:
        """`job_id` is that of the job which the ask becomes. Raises `Passing` when it can't be done now."""
        bind_contextvars(thread=ask.said_in)
        if ask.origin.job_id:
            bind_contextvars(job=ask.origin.job_id)
        verbs = all_verbs()
        call = self._call(ask, job_id, delivery)
        permission = verbs[ask.command.verb].permission_for(ask.command)
        if permission != "none" and (refusal := await self._refusal(call, permission)) is not None:
            return refusal
        # What stops something is done, and a bot is told of it or not.
        if permission not in ("none", "stop") and not await call.is_listened_to():
            await call.react("confused")
            return "passed over: a bot was listened to here within the hour"
        return await carry_out_permitted(call)

    async def refuse_stranger(self, ask: Ask, job_id: str) -> str | None:
        """For an ask of which GitHub has to be asked for more: a note where a stranger made it who may ask nothing here. They
        are told so as ever. Raises `Passing`."""
        if self._refused.recall(ask) is None and not self._strangers.is_one(ask):
            return None
        bind_contextvars(thread=ask.said_in)
        return await self._refusal(self._call(ask, job_id), None)

    def _call(self, ask: Ask, job_id: str, delivery: Delivery | None = None) -> Call:
        return Call(self._services, ask, job_id, tuple(all_verbs().values()), carry_out_permitted, delivery)

    async def _refusal(self, call: Call, permission: Permission | None) -> str | None:
        """None when they may ask; else a note, and for a person one short comment in the thread. Without a permission it is
        enough that they may write."""
        ask, has_turn = call.ask, False
        refusal = self._refused.recall(ask)
        if refusal is None:
            has_turn = self._strangers.has_turn(ask)
            if not has_turn and await is_no_writer(call):
                self._refused.remember(ask, PASSED_OVER, quiet=True)
                self._strangers.pass_over(ask)
                return NOTE
            answer = await call.may_ask(permission or "ask")
            if not isinstance(answer, No) or answer.by_setting:
                self._strangers.let_in(ask)
                if permission is None:
                    return None
            if not isinstance(answer, No):
                return None
            if not answer.say_so:
                return f"refused: {answer.reason}"
            if answer.by_setting:  # it holds for this, and by a file that may change at once
                sorry = refusals.may_not_by_setting(code_span(ask.actor.login), answer.by_setting)
                await (await call.thread()).say_once(f"<!-- harvest:refusal:{ask.actor.id}:{answer.by_setting} -->", sorry)
                return f"refused: {answer.reason}"
            refusal = self._refused.remember(ask, answer.reason, quiet=not has_turn)
        if refusal.is_to_be_told_in(ask.said_in):
            # Each answer takes a turn: of many who go on to other threads, few are answered there.
            if has_turn or self._strangers.has_turn(ask):
                sorry = refusals.may_not_ask(code_span(ask.actor.login), call.word)
                await (await call.thread()).say_once(f"<!-- harvest:refusal:{ask.actor.id} -->", sorry)
            refusal.told_in.add(ask.said_in)
        return f"refused: {refusal.reason}"


async def is_no_writer(call: Call) -> bool:
    """Whether GitHub's list of all who may write is without whoever asked. Raises Passing."""
    thread = await call.thread()
    writers = await call.services.roles.writers(thread.token, thread.repository, call.job_id)
    return writers is not None and call.ask.actor.id not in writers


async def carry_out_permitted(call: Call) -> str:
    """Carry out the ask of somebody who may, where it makes sense."""
    command, place, word = call.ask.command, call.ask.target.place, call.word
    verb = next(verb for verb in call.verbs if verb.name == command.verb)
    if call.ask.origin.text_edited_since:
        return await ask_for_it_again(call)
    if command.unclear is not None:
        await call.react("confused")
        await call.say(unclear.asked_back(word, verb.name, command.unclear))
        return f"asked back: {command.unclear.fault}"
    if not verb.makes_sense(command, place):
        if verb.without_text and not command.text:
            await call.say(refusals.say_more(verb.without_text, word, verb.example))
        else:
            await call.say(refusals.not_here(word, verb.name))
        return f"{verb.name!r} makes no sense like this on {place}s"
    if verb.recipe is not None:
        return await queue(call, verb.recipe, verb.chore)
    assert verb.carry_out is not None  # noqa: S101 - a verb has one or the other
    return await verb.carry_out(call)


async def ask_for_it_again(call: Call) -> str:
    """What stands there now need not be what was said."""
    if call.ask.origin.by is By.LABEL:
        await call.say(refusals.label_again(call.label, call.word))
        return "asked for the label again: the text was edited since"
    # Once a comment: an edit that GitHub told of may be found by looking as well.
    origin = call.ask.origin
    is_review = origin.by is By.REVIEW and origin.id == origin.review
    again = (refusals.review_again if is_review else refusals.comment_again)(call.word)
    await (await call.thread()).say_once(f"<!-- harvest:again:{origin.by.value}:{origin.id} -->", again)
    return "asked for the comment again: it was edited since"
