"""Find refused work of the session that was kept, and bring it here to be vetted and pushed like that of an agent."""

from __future__ import annotations

import time
from datetime import datetime

from github_app.domain.ask import Ask
from github_app.domain.ending import JobOver
from github_app.jobs.branch_standing import must_not_be_theirs
from github_app.jobs.commits import BUNDLE_FILE, collected_key
from github_app.jobs.context import JobContext
from github_app.jobs.kept_for_people import kept_key, last_kept
from github_app.jobs.results import AgentRan, BranchChosen, CommitsCollected, Ground, KeptWorkFound
from github_app.replies import endings


async def choose_branch_of_kept_work(context: JobContext) -> BranchChosen:
    """Where it was meant for. Raises JobOver when there is none, or the branch is people's by now."""
    kept = await kept_work(context)
    chosen = kept.found(BranchChosen)
    await must_not_be_theirs(context, chosen.branch)
    return BranchChosen(
        branch=chosen.branch,
        base_branch=chosen.base_branch,
        must_exist=chosen.must_exist,
        onto_base=chosen.onto_base,
        starts_at=chosen.starts_at,
    )


async def kept_work(context: JobContext) -> JobContext:
    """The job whose work is to be published. Raises JobOver when there is none that whoever asks can have read: another
    request may have come to its end since, and what that one made is not meant. Within one second it counts as before."""
    kept = await last_kept(context)
    if kept is None:
        raise JobOver.of(endings.nothing_kept())
    asked_at = datetime.fromisoformat(context.ask.origin.at).timestamp()
    if kept.job.ended_at is None or int(kept.job.ended_at) > asked_at:
        raise JobOver.of(endings.kept_since(context.services.command_in(context.session.repository_id)))
    return kept


async def find_kept_work(context: JobContext) -> KeptWorkFound:
    kept = await kept_work(context)
    began = kept.found(Ground)
    return KeptWorkFound(
        start_sha=began.start_sha,
        base_sha=began.base_sha,
        branch_is_new=began.branch_is_new,
        job_id=kept.job.id,
        asked_by=Ask.from_json(kept.job.ask).actor,
        ran=kept.latest(AgentRan),
    )


async def bring_kept_work(context: JobContext) -> CommitsCollected:
    bundle = context.folder / BUNDLE_FILE
    if not await context.services.artifacts.get(kept_key(context.found(KeptWorkFound).job_id), bundle):
        raise JobOver.of(endings.nothing_kept())
    await context.services.artifacts.put(collected_key(context), bundle)
    return CommitsCollected(collected_at=round(time.time()))
