"""Looking at what has happened: requests, violations, deliveries."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulators.github.control.asking import NotUnderstood, github_of
from emulators.github.shapes.notifications import telling


async def requests(request: Request) -> Response:
    """The request log of `since` to `until` (seconds since the epoch), with counts."""
    try:
        since = float(request.query_params.get("since", "0"))
        until = float(request.query_params.get("until", "inf"))
    except ValueError as error:
        raise NotUnderstood(f"since and until are seconds since the epoch: {error}") from error
    return JSONResponse(github_of(request).log.listed(since, until))


async def violations(request: Request) -> Response:
    """What was said here that GitHub would not say or accept."""
    return JSONResponse(github_of(request).violations.listed())


async def forget_violations(request: Request) -> Response:
    github_of(request).violations.found.clear()
    return Response(status_code=204)


async def notifications(request: Request) -> Response:
    """Who was told by what, oldest first; `login` leaves the others out."""
    login = request.query_params.get("login", "").lower()
    told = github_of(request).notifications.told
    return JSONResponse([telling(one) for one in told if login in ("", one.login.lower())])


async def deliveries(request: Request) -> Response:
    """Every delivery, oldest first, and how many are still on their way."""
    github = github_of(request)
    listed = [
        {
            "id": one.id,
            "guid": one.guid,
            "event": one.event,
            "action": one.action,
            "status": one.status,
            "status_code": one.status_code,
            "duration": one.duration,
            "redelivery": one.redelivery,
            "answer": one.response_body,
        }
        for one in github.store.deliveries
    ]
    return JSONResponse({"pending": github.webhooks.pending, "deliveries": listed})
