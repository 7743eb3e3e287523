"""Every page, in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from emulators.github.errors import Refused
from emulators.github.oauth import endpoints
from emulators.github.oauth import pages as oauth
from emulators.github.pages import (
    code,
    forms,
    installing,
    issues,
    merge_box,
    notifications,
    overview,
    registering,
    review_forms,
    workflow_runs,
)
from emulators.github.pages.html import el
from emulators.github.pages.layout import page

Handler = Callable[[Request], Awaitable[Response]]

_STYLE = Path(__file__).parent / "style.css"
_REPOSITORY = "/{owner}/{repo}"


def page_routes() -> list[Route]:
    """What is looked at, then what is done; the more particular path first."""
    looked_at: list[tuple[str, Handler]] = [
        ("/", overview.index),
        ("/avatars/{account:int}", overview.avatar_image),
        ("/apps/{slug}", overview.app_page),
        ("/notifications", notifications.inbox_page),
        ("/login/oauth/authorize", oauth.authorize_page),
        ("/login/device", oauth.device_page),
        ("/apps/{slug}/installations/new", installing.install_page),
        ("/organizations/{organization}/settings/installations/{installation:int}", installing.installation_page),
        ("/raw/{owner}/{repo}/{where:path}", code.raw_file),
        ("/{login}", overview.account_page),
        (_REPOSITORY, overview.repository_page),
        (f"{_REPOSITORY}/issues", overview.issue_list),
        (f"{_REPOSITORY}/pulls", overview.pull_list),
        (f"{_REPOSITORY}/issues/{{number:int}}", issues.issue_page),
        (f"{_REPOSITORY}/pull/{{number:int}}", issues.pull_page),
        (f"{_REPOSITORY}/pull/{{number:int}}.diff", issues.pull_diff),
        (f"{_REPOSITORY}/runs/{{run:int}}", issues.run_page),
        (f"{_REPOSITORY}/actions/runs/{{run:int}}", workflow_runs.run_page),
        (f"{_REPOSITORY}/actions/runs/{{run:int}}/job/{{job:int}}", workflow_runs.job_page),
        (f"{_REPOSITORY}/commit/{{sha}}", code.commit_page),
        (f"{_REPOSITORY}/tree/{{ref:path}}", code.tree_page),
        (f"{_REPOSITORY}/blob/{{where:path}}", code.blob_page),
    ]
    done: list[tuple[str, Handler]] = [
        ("/login/oauth/authorize", oauth.authorize),
        ("/login/device", oauth.activate_device),
        ("/login/oauth/access_token", endpoints.access_token),
        ("/login/device/code", endpoints.device_code),
        ("/apps/{slug}/installations/new", installing.install_app),
        ("/organizations/{organization}/settings/installations/{installation:int}", installing.change_installation),
        ("/settings/apps/new", registering.manifest_page),
        ("/settings/apps/new/confirmed", registering.confirm_manifest),
        ("/organizations/{organization}/settings/apps/new", registering.manifest_page),
        ("/organizations/{organization}/settings/apps/new/confirmed", registering.confirm_manifest),
        (f"{_REPOSITORY}/issues/{{number:int}}/act", forms.act_on_issue),
        (f"{_REPOSITORY}/pull/{{number:int}}/review", review_forms.review),
        (f"{_REPOSITORY}/pull/{{number:int}}/threads/{{thread:int}}", review_forms.act_on_thread),
        (f"{_REPOSITORY}/pull/{{number:int}}/merge", merge_box.act),
        (f"{_REPOSITORY}/runs/{{run:int}}/press", forms.press_on_check),
        (f"{_REPOSITORY}/actions/runs/{{run:int}}/act", workflow_runs.act),
    ]
    return [
        Route("/_emulator/style.css", _style),
        *(Route(path, _answering(handler)) for path, handler in looked_at),
        *(Route(path, _answering(handler), methods=["POST"]) for path, handler in done),
    ]


async def _style(_: Request) -> Response:
    return FileResponse(_STYLE, media_type="text/css")


def _answering(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Refused as refused:
            return page(refused.message, el("h1", f"{refused.status} · {refused.message}"), status=refused.status)

    return answer
