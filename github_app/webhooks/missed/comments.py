"""Comments that begin with the command word, and of which no delivery came.

A comment counts as it was written. What is read now may have been edited since: then it is asked for again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from github_app.domain.ask import By
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.webhooks.accept import accept_found
from github_app.webhooks.events import is_by, read_event
from github_app.webhooks.inbox_place import domain_key
from github_app.webhooks.missed.askers import Askers
from github_app.webhooks.missed.labels import is_settled, stamp
from github_app.webhooks.payloads import decode
from github_app.webhooks.triggers import triggers_of
from state.jobs import RepositoryAtWork
from state.marks import Mark

A_PAGE = 100
# The next look goes on where this one ended.
MOST_PAGES = 10


async def queue_lost_comments(services: Services, at_work: RepositoryAtWork, oldest: datetime) -> int:
    """Queue the commands in this repository that were written after `oldest` and never arrived; gives their number."""
    token = (await services.tokens.get(at_work.installation_id, at_work.repository_id, Purpose.REPLY)).value
    askers = Askers(services, token, at_work.repository)
    queued = 0
    async for comment in new_comments(services, token, at_work, oldest):
        if datetime.fromisoformat(comment["created_at"]) < oldest:
            continue  # only edited since, or moved
        queued += await queue_comment(services, token, at_work, askers, comment)
    return queued


async def new_comments(
    services: Services, token: InstallationToken, at_work: RepositoryAtWork, oldest: datetime
) -> AsyncIterator[dict[str, Any]]:
    """What was written or edited since the last look, oldest first, but for what may still be on its way. The mark moves on
    when all that was given is dealt with.

    https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
    """
    name = f"comments/{at_work.repository_id}"
    mark = await services.marks.get(name) or Mark(stamp(oldest))
    since, page, etag, settled = mark.read_until, 1, None, True
    for _ in range(MOST_PAGES):
        path = f"{repository_path(at_work.repository)}/issues/comments?sort=updated&direction=asc&per_page={A_PAGE}"
        answer = await services.github.if_changed(
            token, f"{path}&since={since}&page={page}", mark.etag if (since, page) == (mark.read_until, 1) else None
        )
        if answer is None:
            return
        before = since
        for comment in answer.content:
            settled = is_settled(comment["updated_at"])
            if not settled:
                break
            yield comment
            since = comment["updated_at"]
        if not settled or len(answer.content) < A_PAGE:
            # The same question next time, and all of its answer dealt with: then the ETag tells whether there is more.
            etag = answer.etag if settled and since == mark.read_until else None
            break
        # By time and not by page: one that is edited meanwhile moves to the end, and all behind it move up.
        page = page + 1 if since == before else 1
    await services.marks.set(name, Mark(since, etag))


async def queue_comment(
    services: Services, token: InstallationToken, at_work: RepositoryAtWork, askers: Askers, comment: dict[str, Any]
) -> bool:
    """Put the comment into the inbox if it is a command that never arrived, of somebody who may ask."""
    triggers = triggers_of(services, at_work.repository_id)
    if (comment.get("performed_via_github_app") or {}).get("id") == services.app_id:
        return False
    number = int(comment["issue_url"].rpartition("/")[2])
    # Without the issue it is seen whether it is worth asking for it.
    sketch = as_delivery(
        at_work.installation_id,
        {"id": at_work.repository_id, "full_name": at_work.repository},
        {"id": 0, "number": number, "title": "", "updated_at": comment["created_at"]},
        comment,
    )
    command = read_event("issue_comment", decode(msgspec.json.encode(sketch)), triggers)
    if not is_by(command, By.COMMENT) or await services.inbox.known([str(domain_key(command))]):
        return False
    if not await askers.may_ask(command.actor):
        return False
    base = repository_path(at_work.repository)
    repository = await services.github.with_token(token, "GET", base)
    issue = await services.github.with_token(token, "GET", f"{base}/issues/{number}")
    body = msgspec.json.encode(as_delivery(at_work.installation_id, repository, issue, comment))
    event = read_event("issue_comment", decode(body), triggers)
    if not is_by(event, By.COMMENT):
        return False
    accepted = await accept_found(
        services.inbox, event, found=f"comment-{comment['id']}", name="issue_comment", action="created", body=body
    )
    return accepted == "accepted"


def as_delivery(
    installation_id: int, repository: dict[str, Any], issue: dict[str, Any], comment: dict[str, Any]
) -> dict[str, Any]:
    """The delivery that was missed: who wrote it is asked about like any sender."""
    return {
        "action": "created",
        "installation": {"id": installation_id},
        "repository": repository,
        "issue": issue,
        "comment": comment,
        "sender": comment["user"],
        "text_edited_since": comment["updated_at"] != comment["created_at"],
    }
