"""What GitHub never sent can only be found by looking: open issues that carry the label and have no session.

What is found goes into the inbox in the form of the delivery that was missed, so that it is checked and handled like any
other. The missed one would have brought the issue's text as it was when the label was put on; what is read now may have been
edited since by its author, who need not be one who may ask. Then the label is asked for again.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from github_app.commands.labels import label_names
from github_app.domain.ask import By
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path
from github_app.github.repository_settings import RepositoryOnGitHub
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.webhooks.accept import accept_found
from github_app.webhooks.events import is_by, read_event
from github_app.webhooks.payloads import decode
from github_app.webhooks.triggers import triggers_of

# As far back as GitHub's own deliveries reach; an older label was put there before anybody expected an answer.
LOOK_BACK_SECONDS = 3 * 24 * 60 * 60

# What happened is younger than its delivery's arrival for a moment.
UNDER_WAY_SECONDS = 60

A_PAGE = 100
# An issue with more events than these thousand is not one that waits for its first answer.
MOST_PAGES = 10

# https://docs.github.com/en/graphql/reference/objects#issue
LAST_EDIT = """
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issue(number: $number) { lastEditedAt } }
}
"""


async def queue_lost_labels(services: Services) -> int:
    """Put every label that nobody answered into the inbox; gives their number."""
    queued = 0
    async for installation_id, repository in repositories(services):
        try:
            queued += await look_at(services, installation_id, repository)
        except Refused:
            continue  # issues are switched off there, or the repository went away meanwhile
    return queued


async def repositories(services: Services) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """Every repository of every installation that is not suspended."""
    for installation in await services.github.as_app("GET", "/app/installations?per_page=100"):
        if installation.get("suspended_at"):
            continue
        token = await services.tokens.for_looking(installation["id"])
        for page in range(1, A_PAGE):
            path = f"/installation/repositories?per_page={A_PAGE}&page={page}"
            found = (await services.github.with_token(token.value, "GET", path))["repositories"]
            for repository in found:
                if not repository["archived"]:
                    yield installation["id"], repository
            if len(found) < A_PAGE:
                break


async def look_at(services: Services, installation_id: int, repository: dict[str, Any]) -> int:
    """Queue this repository's labelled issues without a session; gives their number."""
    token = (await services.tokens.get(installation_id, repository["id"], Purpose.REPLY)).value
    base = repository_path(repository["full_name"])
    queued = 0
    # Else only a request would tell of a label of its own, and it could not be asked for by that label.
    here = RepositoryOnGitHub(installation_id, repository["id"], repository["full_name"])
    await services.settings_files.read_default(here, repository["default_branch"])
    for label in label_names(services.label_in(repository["id"])):
        path = f"{base}/issues?state=open&labels={quote(label, safe='')}&per_page={A_PAGE}"
        for issue in await services.github.with_token(token, "GET", path):
            if "pull_request" in issue or await services.sessions.by_thread(repository["id"], issue["number"]) is not None:
                continue
            queued += await queue_last_labelling(services, token, installation_id, repository, issue, label)
    return queued


async def queue_last_labelling(
    services: Services,
    token: InstallationToken,
    installation_id: int,
    repository: dict[str, Any],
    issue: dict[str, Any],
    label: str,
) -> bool:
    """Put the label of that name, which is on this issue, into the inbox if it never arrived."""
    events = await events_of(services, token, f"{repository_path(repository['full_name'])}/issues/{issue['number']}")
    labelled = last_labelling(events, label)
    if labelled is None or not is_settled(labelled["created_at"]) or age_of(labelled["created_at"]) > LOOK_BACK_SECONDS:
        return False
    # After the text was read, so that no edit comes between.
    edited = await text_edited_since(services, token, repository["full_name"], issue, labelled, events)
    body = msgspec.json.encode(as_delivery(installation_id, repository, issue, labelled, label, edited))
    event = read_event("issues", decode(body), triggers_of(services, repository["id"]))
    if not is_by(event, By.LABEL):
        return False
    accepted = await accept_found(services.inbox, event, found=str(labelled["id"]), name="issues", action="labeled", body=body)
    return accepted == "accepted"


async def events_of(services: Services, token: InstallationToken, issue_path: str) -> list[dict[str, Any]]:
    """What happened to an issue, oldest first: GitHub lists it in no other order."""
    events: list[dict[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        found = await services.github.with_token(token, "GET", f"{issue_path}/events?per_page={A_PAGE}&page={page}")
        events += found
        if len(found) < A_PAGE:
            break
    return events


def last_labelling(events: list[dict[str, Any]], label: str) -> dict[str, Any] | None:
    """The event by which the label that is there now was put on."""
    named = (event for event in reversed(events) if event["event"] == "labeled")
    return next((event for event in named if event["label"]["name"].casefold() == label.casefold()), None)


async def text_edited_since(
    services: Services,
    token: InstallationToken,
    repository: str,
    issue: dict[str, Any],
    labelled: dict[str, Any],
    events: list[dict[str, Any]],
) -> bool:
    """Whether the title or the text was edited after the label was put on, or may have been.

    An edit of the title is an event of the issue's. One of the text REST doesn't tell: `updated_at` moves with every comment.
    """
    if any(event["event"] == "renamed" for event in events[events.index(labelled) + 1 :]):
        return True
    owner, name = repository.split("/")
    try:
        found = await services.github.query(token, LAST_EDIT, {"owner": owner, "name": name, "number": issue["number"]})
    except Refused:
        return True
    edited_at = found["repository"]["issue"]["lastEditedAt"]
    # Times have no fractions: what was edited in the same second may have been edited after.
    return edited_at is not None and seconds(edited_at) >= seconds(labelled["created_at"])


def seconds(time_of_github: str) -> float:
    return datetime.fromisoformat(time_of_github).timestamp()


def stamp(moment: datetime) -> str:
    """A time as GitHub writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age_of(time_of_github: str) -> float:
    return time.time() - seconds(time_of_github)


def is_settled(time_of_github: str) -> bool:
    """Whether the delivery of what happened then would have arrived by now."""
    return age_of(time_of_github) > UNDER_WAY_SECONDS


def as_delivery(
    installation_id: int,
    repository: dict[str, Any],
    issue: dict[str, Any],
    labelled: dict[str, Any],
    label: str,
    text_edited: bool,
) -> dict[str, Any]:
    """The delivery that was missed: who labelled is asked about like any sender."""
    return {
        "action": "labeled",
        "installation": {"id": installation_id},
        "repository": repository,
        "issue": {**issue, "updated_at": labelled["created_at"]},
        "label": {"name": label},
        "sender": labelled["actor"],
        "text_edited_since": text_edited,
    }
