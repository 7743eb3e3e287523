"""A job that an agent has asked for in another repository: whether it may be, the issue there, its job, and the word on its
end where the agent's own job was asked for.

What lets it begin is on both sides: the settings of both repositories name the other, both are as public as each other (so
that nothing from a private one is read in a public one, in neither direction), and the person who asked for the agent's job
may ask for a change there. An agent that was started like this starts no other. All of it can be done twice: the issue has a
marker, the job's id is made from the parent's and its number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import structlog

from github_app.commands.authority import No, Terms, who_may_ask
from github_app.commands.queueing import queue
from github_app.commands.quiet_call import quiet_call
from github_app.domain.ask import Ask, By, Command, Origin, Repository, Spawned, Target
from github_app.domain.stop_reason import StopReason
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.repository_settings import RepositoryOnGitHub
from github_app.github.threads import Thread, create_or_adopt
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import ending_in, report_in
from github_app.jobs.services import Services
from github_app.jobs.stop_requests import ask_to_stop
from github_app.replies import spawning as texts
from github_app.replies.end import mention
from github_app.settings.repository import RepositorySettings
from state.children import Child
from state.columns import to_dollars
from state.jobs import Job, job_id_of
from state.sessions import Session

log = structlog.get_logger()

# What an agent asks for is a change like any other.
RECIPE = "change/1"


@dataclass(frozen=True)
class Place:
    """The other repository, and where its issue is written."""

    repository: Repository
    thread: Thread


async def look_after_child(services: Services, child: Child) -> None:
    """One look at it. Raises GitHubProblem when GitHub can't be asked now."""
    if child.job_id is None:
        await begin(services, child)
        return
    job = await services.jobs.get(child.job_id)
    if job.state == "ended":
        await tell_the_end(services, child, job)
    else:
        await services.children.looked(child)


async def begin(services: Services, child: Child) -> None:
    """Its issue and its job, or the reason why there are none."""
    job_id = job_id_of(f"spawn/{child.id}")
    if await services.jobs.known([job_id]):  # before a crash
        await note_started(services, child, job_id)
        return
    if child.stop_by is not None:
        await services.children.refuse(child, texts.stopped(child.stop_by))
        return
    parent = await JobContext.load(services, child.parent_job_id)
    place = await place_of(services, child, parent)
    if isinstance(place, str):
        log.warning("an agent may not start a job there", child=child.id, there=child.repository, why=place)
        await services.children.refuse(child, texts.may_not(child.repository, parent.ask.actor.login))
        return
    issue = child.issue or await open_issue(services, child, parent, place)
    if child.issue is None:
        await services.children.note_issue(child, place.repository.id, issue)
    call = quiet_call(services, ask_of(child, parent, place, issue), job_id)
    note = await queue(call, RECIPE)
    if not await services.jobs.known([job_id]):
        why = call.said[0] if call.said else note
        thread = replace(place.thread, number=issue)
        await thread.say_once(texts.marker(child.id), texts.closed_again(why))
        await thread.request("PATCH", f"/issues/{issue}", {"state": "closed", "state_reason": "not_planned"})
        await services.children.refuse(child, texts.not_begun(why))
        return
    await note_started(services, child, job_id)


async def note_started(services: Services, child: Child, job_id: str) -> None:
    """Its job is there. It may have been asked to stop meanwhile, by who did not find it."""
    await services.children.note_started(child, job_id)
    log.info("an agent has started a job elsewhere", child=child.id, job=job_id, there=child.repository)
    now = await services.children.get(child.parent_job_id, child.number)
    if now.stop_by is not None:
        await ask_to_stop(services, await services.jobs.get(job_id), by=now.stop_by, why=StopReason.COMMAND)


async def place_of(services: Services, child: Child, parent: JobContext) -> Place | str:
    """Where it may be, or why it may not, for the operator alone."""
    session, ask = parent.session, parent.ask
    if ask.spawned is not None:
        return "an agent started it itself"
    try:
        installed = await services.github.as_app("GET", f"{repository_path(child.repository)}/installation")
        if installed["id"] != session.installation_id:
            return "it is of another installation"
        here, there = await both(services, session, child)
    except Refused as problem:
        if problem.status not in (403, 404, 422):
            raise
        return f"GitHub refuses it: {problem.reason}"
    if here["id"] != session.repository_id or there["id"] == session.repository_id or there["archived"]:
        return "it is the same repository, or archived, or this one has another name by now"
    if visibility_of(here) != visibility_of(there):
        return f"it is {visibility_of(there)}, and this one {visibility_of(here)}"
    repository = Repository(there["id"], there["full_name"], there["default_branch"], there["size"])
    where = RepositoryOnGitHub(session.installation_id, repository.id, repository.full_name)
    own = (await services.settings_files.read_default(where, repository.default_branch)).settings or RepositorySettings()
    if session.repository.casefold() not in (name.casefold() for name in own.spawn.accept):
        return "its spawn.accept does not name this one"
    token = await services.tokens.get(session.installation_id, repository.id, Purpose.REPLY)
    terms = Terms.of("change", services.settings.allowed_bots, own)
    answer = await who_may_ask(
        services.roles, token.value, repository.full_name, ask.actor, terms, child.parent_job_id, "roles.change"
    )
    if isinstance(answer, No):
        return answer.reason
    return Place(repository, Thread(services.github, token.value, services.app_id, repository.full_name, 0))


async def both(services: Services, session: Session, child: Child) -> tuple[dict[str, Any], dict[str, Any]]:
    """The session's repository and the child's, as GitHub has them now. Raises GitHubProblem."""
    looking = (await services.tokens.for_looking(session.installation_id)).value
    here = await services.github.with_token(looking, "GET", repository_path(session.repository))
    return here, await services.github.with_token(looking, "GET", repository_path(child.repository))


def visibility_of(repository: dict[str, Any]) -> str:
    """https://docs.github.com/en/rest/repos/repos#get-a-repository"""
    return str(repository.get("visibility") or ("private" if repository["private"] else "public"))


async def open_issue(services: Services, child: Child, parent: JobContext, place: Place) -> int:
    """The issue, written once; gives its number."""
    thread, marker = place.thread, texts.marker(child.id)
    login = f"{await services.identity.slug()}[bot]"
    of = f"{parent.session.repository}#{parent.ask.said_in}"
    body = texts.issue_body(child.id, child.task, parent.ask.actor.login, of)

    async def create() -> int:
        made = await thread.request("POST", "/issues", {"title": texts.issue_title(child.task), "body": body})
        return int(made["number"])

    async def find() -> int | None:
        since = datetime.fromtimestamp(child.asked_at - 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = urlencode({"creator": login, "state": "all", "since": since, "per_page": 100})
        found = await thread.request("GET", f"/issues?{query}")
        return next((int(issue["number"]) for issue in found if marker in (issue["body"] or "")), None)

    return await create_or_adopt(create, find, look_first=True)


def ask_of(child: Child, parent: JobContext, place: Place, issue: int) -> Ask:
    """In the name of who asked for the agent's job. What is to be done stands in the issue, which an agent has written, and is
    taken for no more than that."""
    own, here = parent.own_account, parent.session.repository
    usd, set_by = to_dollars(own.limit_microdollars or 0), own.set_by
    spawned = Spawned(child.parent_job_id, child.number, here, parent.ask.said_in, usd, set_by, parent.ask.budget_of)
    target = Target(
        parent.session.installation_id,
        place.repository,
        issue,
        "issue",
        texts.issue_title(child.task),
        child.task,
        comments=0,
    )
    at = datetime.fromtimestamp(child.asked_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Ask(Command("do"), Origin(By.SPAWN, issue, at), parent.ask.actor, target, spawned=spawned)


async def are_still_alike(services: Services, session: Session, child: Child) -> bool:
    """Whether both are as public as each other, as when it began. Raises Passing."""
    try:
        here, there = await both(services, session, child)
    except Refused:
        return False
    same = (here["id"], there["id"]) == (session.repository_id, child.repository_id)
    return same and visibility_of(here) == visibility_of(there)


async def tell_the_end(services: Services, child: Child, job: Job) -> None:
    """Once, where the agent's own job was asked for. Where GitHub takes no word, nobody can be told."""
    parent = await JobContext.load(services, child.parent_job_id)
    session = await services.sessions.get(job.session_id)
    ending = ending_in(job)
    assert ending is not None  # noqa: S101 - an ended job has one
    who = mention(parent.ask.actor.login)
    if await are_still_alike(services, parent.session, child):
        text = texts.ended(who, session.repository, session.thread, ending, report_in(job), session.pull_number)
    else:
        text = texts.ended_unnamed(who)
    try:
        await (await parent.where_it_was_asked()).say_once(texts.marker(child.id), text)
    except Refused as problem:
        log.warning("nobody could be told of the end of a job elsewhere", child=child.id, error=str(problem))
    await services.children.told(child)
