"""Making things happen: faults, the press of a button, a label that no person set."""

from __future__ import annotations

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulators.github.changes import add_labels
from emulators.github.control.asking import NotUnderstood, account_named, asked_as, github_of, repository_of
from emulators.github.delivery_faults import DeliveryRule
from emulators.github.faults import FaultRule


class Hook(msgspec.Struct, forbid_unknown_fields=True):
    url: str | None = None
    secret: str | None = None
    content_type: str | None = None


class Labelled(msgspec.Struct, forbid_unknown_fields=True):
    labels: list[str]
    sender: str


class Pressed(msgspec.Struct, forbid_unknown_fields=True):
    sender: str


class Forked(msgspec.Struct, forbid_unknown_fields=True):
    owner: str
    name: str


class Passing(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


class Refusing(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


async def add_fault(request: Request) -> Response:
    """A `FaultRule` to be used from now on."""
    github_of(request).faults.rules.append(await asked_as(request, FaultRule))
    return Response(status_code=204)


async def add_delivery_fault(request: Request) -> Response:
    """A `DeliveryRule` to be used from now on."""
    github_of(request).delivery_faults.rules.append(await asked_as(request, DeliveryRule))
    return Response(status_code=204)


async def clear_faults(request: Request) -> Response:
    github_of(request).faults.rules.clear()
    github_of(request).delivery_faults.rules.clear()
    return Response(status_code=204)


async def put_limits_forward(request: Request) -> Response:
    """Let time pass for the rate limits: what was used is that much longer ago."""
    github_of(request).rates.clock.put_forward((await asked_as(request, Passing)).seconds)
    return Response(status_code=204)


async def change_hook(request: Request) -> Response:
    """Point the App's webhook elsewhere, as its owner would in the settings."""
    asked, hook = await asked_as(request, Hook), github_of(request).store.app.hook
    hook.url = hook.url if asked.url is None else asked.url
    hook.secret = hook.secret if asked.secret is None else asked.secret
    if asked.content_type is not None:
        hook.content_type = "form" if asked.content_type == "form" else "json"
    return Response(status_code=204)


async def ping(request: Request) -> Response:
    """What GitHub sends when a hook is new."""
    github_of(request).announce.ping()
    return Response(status_code=204)


async def expire_tokens(request: Request) -> Response:
    """Every installation token given so far stops working, as after its hour."""
    github_of(request).tokens.expire_all()
    return Response(status_code=204)


async def refuse_connections(request: Request) -> Response:
    """Stop listening for a while: who connects is refused, and open connections are cut."""
    asked = await asked_as(request, Refusing)
    refuse = request.app.state.refuse_connections
    return Response(status_code=202, background=BackgroundTask(refuse, asked.seconds, request.scope))


async def label_by_template(request: Request) -> Response:
    """Labels that an issue's template set: `sender` needs no right to label."""
    github, repo, asked = github_of(request), repository_of(request), await asked_as(request, Labelled)
    issue = repo.issues.get(request.path_params["number"])
    if issue is None:
        raise NotUnderstood(f"{repo.full_name} has no issue {request.path_params['number']}")
    await add_labels(github, repo, issue, asked.labels, account_named(github, asked.sender))
    return Response(status_code=204)


async def move_to_fork(request: Request) -> Response:
    """A pull request comes from another repository from now on; its commits stay where they can be read."""
    github, repo, asked = github_of(request), repository_of(request), await asked_as(request, Forked)
    issue, fork = repo.issues.get(request.path_params["number"]), github.store.repository(asked.owner, asked.name)
    if issue is None or issue.pull is None or fork is None:
        raise NotUnderstood(f"there is no such pull request, or no repository {asked.owner}/{asked.name}")
    issue.pull.fork = fork
    return Response(status_code=204)


async def press_button(request: Request) -> Response:
    """A person presses one of a check run's own buttons."""
    github, repo, asked = github_of(request), repository_of(request), await asked_as(request, Pressed)
    run, identifier = repo.check_runs.get(request.path_params["run"]), request.path_params["identifier"]
    if run is None or identifier not in [action["identifier"] for action in run.actions]:
        raise NotUnderstood(f"check run {request.path_params['run']} has no button {identifier}")
    sender = account_named(github, asked.sender)
    github.announce.check_run("requested_action", repo, run, sender, requested_action={"identifier": identifier})
    return JSONResponse({}, 202)
