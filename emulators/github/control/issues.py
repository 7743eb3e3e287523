"""What a person does with an issue on GitHub's pages and not over the REST API: transfer, delete, convert."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulators.github.control.asking import NotUnderstood, account_named, asked_as, github_of, repository_of
from emulators.github.errors import Refused
from emulators.github.leaving import delete, transfer
from emulators.github.locking import convert_to_discussion
from emulators.github.model.discussions import Issue


class Doing(msgspec.Struct, forbid_unknown_fields=True):
    sender: str


class Transferring(msgspec.Struct, forbid_unknown_fields=True):
    """`to` is the name of another repository of the same owner."""

    sender: str
    to: str


async def transfer_issue(request: Request) -> Response:
    """Gives the number that it has there."""
    github, repo, asked = github_of(request), repository_of(request), await asked_as(request, Transferring)
    target = github.store.repository(repo.owner.login, asked.to)
    if target is None:
        raise NotUnderstood(f"{repo.owner.login} has no repository {asked.to}")
    try:
        moved = transfer(github, repo, _issue(request), target, account_named(github, asked.sender))
    except Refused as refused:
        raise NotUnderstood(refused.message) from refused
    return JSONResponse({"number": moved.number}, 201)


async def delete_issue(request: Request) -> Response:
    github, asked = github_of(request), await asked_as(request, Doing)
    try:
        delete(github, repository_of(request), _issue(request), account_named(github, asked.sender))
    except Refused as refused:
        raise NotUnderstood(refused.message) from refused
    return Response(status_code=204)


async def convert_issue(request: Request) -> Response:
    github, asked = github_of(request), await asked_as(request, Doing)
    await convert_to_discussion(github, repository_of(request), _issue(request), account_named(github, asked.sender))
    return Response(status_code=204)


def _issue(request: Request) -> Issue:
    repo = repository_of(request)
    issue = repo.issues.get(request.path_params["number"])
    if issue is None:
        raise NotUnderstood(f"{repo.full_name} has no issue {request.path_params['number']}")
    return issue
