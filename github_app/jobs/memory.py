"""A job's memory: what it is told of earlier work, what it finds by asking, and what of its own is proposed.

Facts about code are told only where their code stands at the commit that the job works on, as GitHub has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from github_app.domain.memory import (
    MOST_RECALLED,
    MOST_TOLD,
    ROOM_CHARACTERS,
    binds,
    candidates,
    cites_code,
    what_fits,
    words_of,
)
from github_app.domain.session_events import Recalled, event_in
from github_app.github.cited_code import is_private, stands
from github_app.github.failures import GitHubProblem, Passing, Refused
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen, PromptComposed, WorkspacePrepared
from github_app.jobs.services import Services
from state.memory import Entry, NewEntry, Reader, TooMany

log = structlog.get_logger()


async def reader_at(services: Services, installation_id: int, repository_id: int, repository: str, *, job_id: str) -> Reader:
    """That repository as one that reads and keeps, as public or private as GitHub says it is now. Raises GitHubProblem."""
    token = await services.tokens.get(installation_id, repository_id, Purpose.READ)
    private = await is_private(services.github, token.value, repository, job_id=job_id)
    return Reader(installation_id, repository_id, private)


async def reader_of(context: JobContext) -> Reader:
    session = context.session
    return await reader_at(
        context.services, session.installation_id, session.repository_id, session.repository, job_id=context.job.id
    )


async def for_the_prompt(context: JobContext) -> list[Entry]:
    """What matters of memory to what the job was asked: the directives of its repository, then what matches best. Raises
    Passing."""
    memory, session = context.services.memory, context.session
    anything = Reader(session.installation_id, session.repository_id, private=True)
    if not context.repository_settings.memory or not await memory.listed(anything, "approved"):
        return []
    try:
        reader = await reader_of(context)
    except Refused as problem:
        log.warning("a job goes on without its memory", problem=str(problem))
        return []
    entries = await memory.listed(reader, "approved")
    directives = [entry for entry in reversed(entries) if binds(entry, session.repository_id)]
    ask = context.ask
    words = words_of(ask.command.text, ask.target.title, ask.material, ask.target.body)
    found = [one for one in await memory.search(reader, words, limit=2 * MOST_TOLD) if one not in directives]
    further = candidates(found, [entry for entry in entries if entry not in directives])
    room = ROOM_CHARACTERS - sum(len(entry.text) for entry in directives)
    return directives + await that_stand(context, what_fits(further, room))


async def recall(context: JobContext, query: str) -> list[Entry]:
    """What a search finds; what that was is told in the reply. Raises GitHubProblem."""
    reader = await reader_of(context)
    found = await context.services.memory.search(reader, words_of(query), limit=MOST_RECALLED)
    entries = await that_stand(context, found)
    if entries:
        await context.append(Recalled(numbers=tuple(entry.number for entry in entries)))
    return entries


async def that_stand(context: JobContext, entries: Sequence[Entry]) -> list[Entry]:
    """Those of them that cite no code, or code that stands. What was there and is gone from the default branch is gone for
    all jobs. Raises Passing."""
    prepared, chosen = context.found(WorkspacePrepared), context.found(BranchChosen)
    # A branch of its own may have changed what still holds elsewhere.
    default = context.ask.target.repository.default_branch
    at_the_head = chosen.base_branch == default and prepared.start_sha == prepared.base_sha
    standing: list[Entry] = []
    found: list[int] = []
    gone: list[int] = []
    for entry in entries:
        if not cites_code(entry):
            standing.append(entry)
            continue
        own = entry.repository_id == context.session.repository_id
        still = await code_stands(context, entry, prepared.start_sha if own else "")
        if still:
            standing.append(entry)
        if own and at_the_head and still is not None:
            (found if still else gone).append(entry.number)
    await context.services.memory.code_found(found, prepared.start_sha)
    await context.services.memory.code_gone(gone, prepared.start_sha)
    return standing


async def code_stands(context: JobContext, entry: Entry, sha: str) -> bool | None:
    """None when that can't be told."""
    services = context.services
    try:
        token = await services.tokens.get(context.session.installation_id, entry.repository_id, Purpose.READ)
        return await stands(
            services.github, token.value, entry.repository, entry.path, entry.quote, sha, job_id=context.job.id
        )
    except Passing:
        raise
    except GitHubProblem as problem:
        log.info("cited code could not be looked up", entry=entry.number, problem=str(problem))
        return None


async def propose_lessons(context: JobContext, lessons: Iterable[NewEntry]) -> None:
    """What people said in a review that led to a change. There may be no room for it, and nothing is told of that:
    nobody asked for it to be kept. Raises Passing."""
    lessons = list(lessons)
    if not lessons or not context.repository_settings.memory:
        return
    try:
        reader = await reader_of(context)
        for lesson in lessons:
            await context.services.memory.propose(reader, lesson)
    except (Refused, TooMany) as problem:
        log.info("a lesson was not proposed", problem=str(problem))


async def used_by(context: JobContext) -> tuple[int, ...]:
    """The numbers of the entries that the job was told, and of those that its agent found."""
    composed = context.latest(PromptComposed)
    numbers = [] if composed is None else [*composed.remembered]
    after, logs = 0, context.services.logs
    while page := await logs.read(context.session.id, after=after, job_id=context.job.id, by="harvest"):
        for entry in page:
            after = entry.number
            if isinstance(event := event_in(entry), Recalled):
                numbers += event.numbers
    return tuple(dict.fromkeys(numbers))
