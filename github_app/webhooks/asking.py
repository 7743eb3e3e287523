"""What becomes of one event: who asked, may they, and then a job queued, a job stopped, or a word in the thread.

Every path can be walked twice: jobs have ids made from the request, and what is said carries a marker.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from structlog.contextvars import bind_contextvars

from github_app.commands.grammar import Do, Help, Stop
from github_app.domain.ask import Account, Ask, By, Command, Origin, PullHead, Repository, Target
from github_app.domain.buttons import Button
from github_app.domain.stop_reason import StopReason
from github_app.github.client import repository_path
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.reporting.session_comment import announce_waiting
from github_app.jobs.services import Services
from github_app.replies import wording
from github_app.replies.markdown import code_span
from github_app.webhooks.authority import Answer, No, who_may_ask
from github_app.webhooks.events import (
    Closed,
    Commanded,
    Event,
    Ignored,
    Labelled,
    Pressed,
    RerunAll,
    Unlabelled,
    Where,
    domain_key,
)
from github_app.webhooks.payloads import Issue
from github_app.webhooks.refused_askers import RefusedAskers
from state.inbox import Delivery
from state.jobs import Job, job_id_of


class Asking:
    """One delivery being answered. `answer` gives a note on what was done, for the inbox."""

    def __init__(self, services: Services, refusals: RefusedAskers, delivery: Delivery) -> None:
        self._services = services
        self._refusals = refusals
        self._delivery = delivery

    async def answer(self, event: Event) -> str:
        match event:
            case Labelled(where, issue, _):
                return await self._labelled(event, where, issue)
            case Commanded():
                return await self._commanded(event)
            case Pressed():
                return await self._pressed(event)
            case RerunAll(where, head_sha, _):
                return await self._rerun_all(event, where, head_sha)
            case Unlabelled(where, issue):
                return await self._withdraw(where, issue)
            case Closed(where, number, _):
                return await self._closed(event, where, number)
            case Ignored(reason):
                return reason

    async def _labelled(self, event: Labelled, where: Where, issue: Issue) -> str:
        thread = await self._thread(where, issue.number, event)
        if (refusal := await self._refused(where, thread)) is not None:
            return refusal
        if event.text_edited_since:
            settings = self._services.settings
            await thread.say_once(self._marker(event), wording.label_again(settings.label, settings.command))
            return "asked for the label again: the text was edited since"
        if (gone := await self._no_longer_asked(thread)) is not None:
            return gone
        ask = self._ask(where, issue, "", Origin(By.LABEL, issue.id, issue.updated_at))
        return await self._queue(event, where, thread, ask)

    async def _commanded(self, event: Commanded) -> str:
        where, issue, comment = event.where, event.issue, event.comment
        thread = await self._thread(where, issue.number, event)
        if (refusal := await self._refused(where, thread)) is not None:
            return refusal
        if event.text_edited_since:
            await thread.say_once(self._marker(event), wording.comment_again(self._services.settings.command))
            return "asked for the comment again: it was edited since"
        match event.command:
            case Help():
                settings = self._services.settings
                await thread.say_once(self._marker(event), wording.help_text(settings.command, settings.label))
                return "answered with the help"
            case Stop(keep):
                withdrawn = await self._services.inbox.withdraw_before(self._delivery, "stopped before it began")
                why = StopReason.COMMAND_TO_KEEP if keep else StopReason.COMMAND
                note = await self._stop_all(where, issue.number, why, comment.created_at)
                await thread.react("comment", comment.id, "+1")
                if withdrawn:
                    return f"{note}, and {withdrawn} that waited withdrawn"
                if note == NOTHING_TO_STOP:
                    await thread.say_once(self._marker(event), wording.nothing_to_stop())
                return note
            case Do(prompt):
                # A closed pull request is answered in words, below.
                if issue.pull_request is None and await self._closed_since(thread, comment.created_at):
                    return CLOSED_SINCE
                pull = await self._pull_head(thread) if issue.pull_request is not None else None
                if isinstance(pull, str):
                    await thread.say_once(self._marker(event), pull)
                    return "refused: the pull request can't be worked on"
                if issue.pull_request is not None and not prompt:
                    await thread.say_once(self._marker(event), wording.nothing_to_do(self._services.settings.command))
                    return "asked what to do"
                ask = self._ask(where, issue, prompt, Origin(By.COMMENT, comment.id, comment.created_at), pull)
                return await self._queue(event, where, thread, ask)

    async def _no_longer_asked(self, thread: Thread) -> str | None:
        """A label may have come late, by another try of GitHub's: what holds is how the issue is now."""
        now = await thread.request("GET", f"/issues/{thread.number}")
        if now["state"] != "open":
            return CLOSED_SINCE
        label = self._services.settings.label.casefold()
        if label not in (one["name"].casefold() for one in now["labels"]):
            return "not queued: the label was taken off since"
        return None

    async def _closed_since(self, thread: Thread, asked_at: str) -> bool:
        """Closing stops what was asked before, also what arrives afterwards. A closed issue can be asked on, and within one
        second that counts as on a closed one."""
        now = await thread.request("GET", f"/issues/{thread.number}")
        return now["state"] != "open" and datetime.fromisoformat(asked_at) < datetime.fromisoformat(now["closed_at"])

    async def _rerun_all(self, event: RerunAll, where: Where, head_sha: str) -> str:
        """ "Re-run all checks" asks for the job again whose check run stands on that commit."""
        job = await self._services.jobs.latest_on_commit(where.repository.id, head_sha)
        if job is None:
            return "no job reported on that commit"
        pressed = Pressed(where, Button.RETRY, job.id, event.suite_id)
        return await self._press(event, pressed, job)

    async def _pressed(self, event: Pressed) -> str:
        try:
            job = await self._services.jobs.get(event.job_id)
        except KeyError:
            return "the check run's job is not known here"
        return await self._press(event, event, job)

    async def _press(self, event: Pressed | RerunAll, pressed: Pressed, job: Job) -> str:
        where = pressed.where
        session = await self._services.sessions.get(job.session_id)
        # A check run's external_id can be set by anyone who may write checks: the job must be of this repository.
        if session.repository_id != where.repository.id:
            return "the check run's job belongs to another repository"
        asked = Ask.from_json(job.ask)
        bind_contextvars(job=job.id, thread=asked.target.thread)
        thread = await self._thread(where, asked.target.thread, event)
        if (refusal := await self._refused(where, thread)) is not None:
            return refusal
        if pressed.button is Button.STOP:
            stopped = await self._services.jobs.request_stop(job.id, by=where.sender.login, why=StopReason.BUTTON)
            return f"job {job.id} was asked to stop" if stopped else f"job {job.id} had ended already"
        if job.state != "ended":
            return f"job {job.id} is still at work"
        return await self._again(event, pressed, thread, job, asked)

    async def _again(self, event: Pressed | RerunAll, pressed: Pressed, thread: Thread, job: Job, asked: Ask) -> str:
        """The same request once more, on the pull request's head as it is now."""
        where = pressed.where
        pull = await self._pull_head(thread) if asked.target.pull is not None else None
        if isinstance(pull, str):
            await thread.say_once(self._marker(event), pull)
            return "refused: the pull request can't be worked on"
        origin = Origin(By.BUTTON, pressed.check_run_id, asked.origin.at, job.id)
        target = msgspec.structs.replace(asked.target, pull=pull)
        return await self._queue(event, where, thread, Ask(asked.command, origin, actor_of(where), target))

    async def _queue(self, event: Event, where: Where, thread: Thread, ask: Ask) -> str:
        """Write the job down, give it to the engine, show that it was heard, and say so when it has to wait."""
        services = self._services
        session = await services.sessions.open_session(
            installation_id=where.installation_id,
            repository_id=where.repository.id,
            repository=where.repository.full_name,
            thread=ask.target.thread,
            kind="pull" if ask.target.pull is not None else "issue",
        )
        if session.repository != where.repository.full_name:
            await services.sessions.update(session.id, repository=where.repository.full_name)
        job_id = self._job_id(event)
        bind_contextvars(job=job_id, thread=ask.target.thread)
        await services.jobs.add(
            job_id,
            session_id=session.id,
            installation_id=where.installation_id,
            kind=session.kind,
            recipe="change/1",
            ask=ask.to_json(),
        )
        await services.engine.submit(job_id)
        if ask.origin.by is not By.BUTTON:
            await thread.react("issue" if ask.origin.by is By.LABEL else "comment", ask.origin.id, "eyes")
        ahead = await services.jobs.position_in_queue(job_id)
        if ahead:
            await announce_waiting(services, thread, job_id, ahead)
            return f"job {job_id} waits behind {ahead}"
        return f"job {job_id} queued"

    async def _withdraw(self, where: Where, issue: Issue) -> str:
        """What was asked for by a label that was put on later stays: deliveries may come in another order."""
        session = await self._services.sessions.by_thread(where.repository.id, issue.number)
        if session is None:
            return "no session to withdraw from"
        asked = 0
        for job in await self._services.jobs.live_of_session(session.id):
            origin = Ask.from_json(job.ask).origin
            label = origin.by is By.LABEL and asked_before(origin.at, issue.updated_at)
            if job.state == "queued" and label:
                asked += await self._services.jobs.request_stop(job.id, by=where.sender.login, why=StopReason.WITHDRAWN)
        return f"{asked} waiting job(s) withdrawn"

    async def _closed(self, event: Closed, where: Where, number: int) -> str:
        """Closing stops what runs, if whoever closed may also stop it: an issue's author can close it without any right."""
        session = await self._services.sessions.by_thread(where.repository.id, number)
        if session is None or not await self._services.jobs.live_of_session(session.id):
            return NOTHING_TO_STOP
        thread = await self._thread(where, number, event)
        answer = await self._may_ask(where, thread)
        if isinstance(answer, No) and answer.say_so:
            settings = self._services.settings
            word = wording.goes_on_though_closed(code_span(where.sender.login), settings.command)
            await thread.say_once(self._marker(event), word)
            return f"goes on though closed: {answer.reason}"
        return await self._stop_all(where, number, StopReason.CLOSED, event.updated_at)

    async def _stop_all(self, where: Where, number: int, why: StopReason, said_at: str) -> str:
        """What was asked for after that moment goes on: GitHub may tell of a stop late."""
        session = await self._services.sessions.by_thread(where.repository.id, number)
        live = [] if session is None else await self._services.jobs.live_of_session(session.id)
        if not live:
            return NOTHING_TO_STOP
        before = [job for job in live if job_asked_before(job, said_at)]
        stopped = [job.id for job in before if await self._services.jobs.request_stop(job.id, by=where.sender.login, why=why)]
        if stopped:
            return f"asked to stop: {', '.join(stopped)}"
        return "was asked to stop before" if before else "goes on: it was asked for later"

    async def _thread(self, where: Where, number: int, event: Event) -> Thread:
        """The thread the event is about, with a token that may answer there."""
        token = await self._services.tokens.get(where.installation_id, where.repository.id, Purpose.REPLY)
        return Thread(
            self._services.github, token.value, self._services.app_id, where.repository.full_name, number, self._job_id(event)
        )

    async def _may_ask(self, where: Where, thread: Thread) -> Answer:
        return await who_may_ask(
            self._services.github,
            thread.token,
            where.repository.full_name,
            where.sender,
            self._services.settings.allowed_bots,
            thread.job_id or "",
        )

    async def _refused(self, where: Where, thread: Thread) -> str | None:
        """None when the sender may ask; else a note, and for a person one short comment in the thread."""
        refusal = self._refusals.recall(where)
        if refusal is None:
            answer = await self._may_ask(where, thread)
            if not isinstance(answer, No):
                return None
            if not answer.say_so:
                return f"refused: {answer.reason}"
            refusal = self._refusals.remember(where, answer.reason)
        if refusal.is_to_be_told_in(thread.number):
            sorry = wording.may_not_ask(code_span(where.sender.login), self._services.settings.command)
            await thread.say_once(f"<!-- harvest:refusal:{where.sender.id} -->", sorry)
            refusal.told_in.add(thread.number)
        return f"refused: {refusal.reason}"

    async def _pull_head(self, thread: Thread) -> PullHead | str:
        """The pull request as it is now, or the sentence that says why it can't be worked on."""
        pull = await self._services.github.with_token(
            thread.token, "GET", f"{repository_path(thread.repository)}/pulls/{thread.number}", job_id=thread.job_id
        )
        if pull["state"] != "open":
            return wording.closed_pull_request()
        head_repository = pull["head"].get("repo") or {}
        if head_repository.get("id") != pull["base"]["repo"]["id"]:
            return wording.fork_pull_request()
        return PullHead(
            number=pull["number"],
            sha=pull["head"]["sha"],
            branch=pull["head"]["ref"],
            base_branch=pull["base"]["ref"],
            title=pull["title"],
        )

    def _ask(self, where: Where, issue: Issue, text: str, origin: Origin, pull: PullHead | None = None) -> Ask:
        repository = where.repository
        target = Target(
            installation_id=where.installation_id,
            repository=Repository(repository.id, repository.full_name, repository.default_branch, repository.size),
            thread=issue.number,
            place="issue" if issue.pull_request is None else "pull",
            title=issue.title,
            body=issue.body or "",
            author=issue.user.login if issue.user is not None else "",
            pull=pull,
        )
        return Ask(Command("do", text), origin, actor_of(where), target)

    def _job_id(self, event: Event) -> str:
        return job_id_of(domain_key(event) or self._delivery.delivery_id)

    def _marker(self, event: Event) -> str:
        """Makes an answer to this event findable, so that it is given once."""
        return f"<!-- harvest:answer:{self._job_id(event)} -->"


def actor_of(where: Where) -> Account:
    return Account(where.sender.id, where.sender.login, where.sender.type)


def asked_before(asked_at: str, then: str) -> bool:
    """Whether a request was made before that moment, both as GitHub writes times. They have no fractions: within one second it
    counts as before."""
    return datetime.fromisoformat(asked_at) <= datetime.fromisoformat(then)


def job_asked_before(job: Job, then: str) -> bool:
    """A pressed button has no time of its own (its ask has that of the first one), but its job is written down soon after."""
    origin = Ask.from_json(job.ask).origin
    if origin.by is By.BUTTON:
        return job.created_at - PRESS_SECONDS <= datetime.fromisoformat(then).timestamp()
    return asked_before(origin.at, then)


# Until a press has become a job, and for clocks that differ.
PRESS_SECONDS = 10.0

CLOSED_SINCE = "not queued: the thread was closed since"
NOTHING_TO_STOP = "nothing was running or waiting"
