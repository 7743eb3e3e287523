"""Take back: a commit that undoes the last push, made by Harvest and bundled like an agent's, so that it is vetted as well."""

from __future__ import annotations

import time

from github_app.domain.ending import JobOver
from github_app.github.tokens import Purpose
from github_app.jobs.commits import BUNDLE_FILE, collected_key
from github_app.jobs.context import JobContext
from github_app.jobs.results import CommitsCollected, LastPushFound
from github_app.jobs.workspace import try_again_if_it_passes
from github_app.publish import take_back as revert
from github_app.publish.vet.clean_git import GitFailed, Remote
from github_app.replies import endings, wording
from sandbox.workspace_failure import WorkspaceError

FOLDER = "take-back.git"


async def take_back(context: JobContext) -> CommitsCollected:
    services, session, push = context.services, context.session, context.found(LastPushFound)
    context.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    spec = revert.TakeBackSpec(
        folder=context.folder / FOLDER,
        bundle=context.folder / BUNDLE_FILE,
        remote=Remote(context.remote_url, token.value),
        before=push.before_sha,
        pushed=push.pushed_sha,
        head=push.start_sha,
        message=wording.taken_back_message(push.asked, push.pushed_sha),
        identity=await services.identity.git(),
        date=round(context.entered_at),
    )
    try:
        made = await revert.take_back(spec)
    except WorkspaceError as problem:
        try_again_if_it_passes(context, problem)
        raise JobOver.of(endings.no_workspace(f"{problem}.")) from problem
    except GitFailed as problem:
        raise JobOver.of(endings.not_checked(str(problem))) from problem
    match made:
        case revert.InTheWay(files):
            raise JobOver.of(endings.in_the_way(push.pushed_sha, files))
        case revert.NothingLeft():
            raise JobOver.of(endings.nothing_to_take_back())
    await services.artifacts.put(collected_key(context), spec.bundle)
    return CommitsCollected(collected_at=round(time.time()))
