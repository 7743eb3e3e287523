"""Labels put on in a repository at work, of which no delivery came: also on an issue that has a session already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from github_app.commands.labels import label_names
from github_app.domain.ask import Account
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.webhooks.missed.askers import Askers
from github_app.webhooks.missed.labels import A_PAGE, is_settled, queue_last_labelling, seconds, stamp
from state.jobs import RepositoryAtWork
from state.marks import Mark

# A thousand events between two looks. What an issue without a session is labelled with is found beyond that as well.
MOST_PAGES = 10


async def queue_lost_relabels(services: Services, at_work: RepositoryAtWork, oldest: datetime) -> int:
    """Queue the labels that were put on after `oldest`, are still there, and never arrived; gives their number."""
    token = (await services.tokens.get(at_work.installation_id, at_work.repository_id, Purpose.REPLY)).value
    names = {name.casefold(): name for name in label_names(services.label_in(at_work.repository_id))}
    base = repository_path(at_work.repository)
    askers = Askers(services, token, at_work.repository)
    labelled: set[tuple[int, str]] = set()
    queued = 0
    async for event in new_events(services, token, at_work, oldest):
        issue = event.get("issue") or {}
        if event["event"] != "labeled" or (label := event["label"]["name"].casefold()) not in names:
            continue
        if (issue.get("number"), label) in labelled:
            continue
        labelled.add((issue["number"], label))
        if issue["state"] != "open" or "pull_request" in issue or event["actor"] is None:
            continue
        if not await askers.may_ask(msgspec.convert(event["actor"], Account)):
            continue
        repository = await services.github.with_token(token, "GET", base)
        now = await services.github.with_token(token, "GET", f"{base}/issues/{issue['number']}")
        if label in (one["name"].casefold() for one in now["labels"]):
            queued += await queue_last_labelling(services, token, at_work.installation_id, repository, now, names[label])
    return queued


async def new_events(
    services: Services, token: InstallationToken, at_work: RepositoryAtWork, oldest: datetime
) -> AsyncIterator[dict[str, Any]]:
    """What happened since the last look, newest first, but for what may still be told. The mark moves on when all that was
    given is dealt with.

    https://docs.github.com/en/rest/issues/events#list-issue-events-for-a-repository
    """
    name = f"issue-events/{at_work.repository_id}"
    mark = await services.marks.get(name) or Mark(stamp(oldest))
    since = max(seconds(mark.read_until), oldest.timestamp())
    newest, etag, all_settled = None, None, True
    for page in range(1, MOST_PAGES + 1):
        path = f"{repository_path(at_work.repository)}/issues/events?per_page={A_PAGE}&page={page}"
        answer = await services.github.if_changed(token, path, mark.etag if page == 1 else None)
        if answer is None:
            return
        etag = answer.etag if page == 1 else etag
        for event in answer.content:
            if not is_settled(event["created_at"]):
                all_settled = False
                continue
            newest = newest or event["created_at"]
            if seconds(event["created_at"]) >= since:
                yield event
        if len(answer.content) < A_PAGE or seconds(answer.content[-1]["created_at"]) < since:
            break
    await services.marks.set(name, Mark(newest or mark.read_until, etag if all_settled else None))
