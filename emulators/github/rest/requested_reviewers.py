"""Who is asked to review a pull request. https://docs.github.com/rest/pulls/review-requests"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.errors import Refused, unprocessable
from emulators.github.model.accounts import Account, at_least
from emulators.github.model.teams import Team
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.review_requests import request_review, withdraw_request
from emulators.github.reviewing import Reviewed
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.organizations import team
from emulators.github.shapes.pulls import pull_simple

_REQUESTED = "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers"
_WRITE = write("pull_requests", role="triage")


@route(f"GET {_REQUESTED}", read("pull_requests"))
async def list_requested_reviewers(call: Call) -> Answer:
    """Who has answered is no longer in it."""
    at, (_, pull) = call.github.at, call.pull
    users = [simple_user(at, one) for one in pull.requested_reviewers]
    return Answer(200, {"users": users, "teams": [team(at, call.repository.owner, one) for one in pull.requested_teams]})


@route(f"POST {_REQUESTED}", _WRITE)
async def request_reviewers(call: Call) -> Answer:
    """Only collaborators can be asked, and never the author; one who can't be, and nobody is. Each is announced."""
    asked, here = call.body or {}, _here(call)
    people = [_collaborator(call, login) for login in asked.get("reviewers") or ()]
    teams = [_team(call, slug) for slug in asked.get("team_reviewers") or ()]
    if here.issue.author in people:
        raise unprocessable("Review cannot be requested from pull request author.")
    for account in people:
        await request_review(here, account)
    for named in teams:
        await request_review(here, named)
    return Answer(201, pull_simple(call.github.at, call.repository, here.issue))


@route(f"DELETE {_REQUESTED}", _WRITE)
async def remove_requested_reviewers(call: Call) -> Answer:
    here, asked = _here(call), call.body
    logins, slugs = ({name.lower() for name in asked.get(field) or ()} for field in ("reviewers", "team_reviewers"))
    for account in [one for one in here.pull.requested_reviewers if one.login.lower() in logins]:
        await withdraw_request(here, account)
    for named in [one for one in here.pull.requested_teams if one.slug in slugs]:
        await withdraw_request(here, named)
    return Answer(200, pull_simple(call.github.at, call.repository, here.issue))


def _collaborator(call: Call, login: str) -> Account:
    found = call.github.store.account(login)
    if found is None or not at_least(call.repository.role_given_to(found), "read"):
        raise _not_a_collaborator(call)
    return found


def _team(call: Call, slug: str) -> Team:
    found = call.repository.owner.teams.get(slug.lower())
    if found is None or not at_least(found.role_on(call.repository.id), "read"):
        raise _not_a_collaborator(call)
    return found


def _not_a_collaborator(call: Call) -> Refused:
    return unprocessable(
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a"
        f" collaborator of the {call.repository.full_name} repository."
    )


def _here(call: Call) -> Reviewed:
    return Reviewed(call.github, call.repository, *call.pull, call.account)
