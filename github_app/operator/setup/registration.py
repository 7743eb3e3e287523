"""Registering the GitHub App from its manifest: a page here sends the manifest to GitHub, GitHub sends back a code, and that
is exchanged for the App's id, private key and webhook secret.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from github_app.operator.setup.manifest import read_manifest
from github_app.service.listening import listen, url_of
from github_app.settings.operator import SettingsError

# GitHub's code is good for an hour.
PATIENCE_SECONDS = 60 * 60

CODE = re.compile(r"[A-Za-z0-9]{10,100}")

PAGE = """<!doctype html><meta charset="utf-8"><title>Register Harvest</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1a7f37;color:#fff;cursor:pointer}}</style>
<h1>Register Harvest</h1>
<p>GitHub will show a page with the App's name and one button. It asks for these permissions and no others:</p>
<ul>{permissions}</ul>
<form action="{action}" method="post"><input type="hidden" name="manifest" value="{manifest}">
<button>Go to GitHub</button></form>
"""
DONE = "<!doctype html><meta charset='utf-8'><title>Registered</title><p>Registered. Go back to the terminal."


@dataclass(frozen=True)
class Registration:
    """What is registered, for whom (empty: for the person who presses the button), and where the answer goes."""

    public_url: str
    organization: str
    env_file: Path
    key_file: Path
    api_url: str
    server_url: str

    @property
    def action(self) -> str:
        """GitHub's page that takes the manifest."""
        owner = f"/organizations/{self.organization}" if self.organization else ""
        return f"{self.server_url}{owner}/settings/apps/new"


@dataclass(frozen=True)
class RegisteredApp:
    name: str
    install_url: str


def manifest_for(registration: Registration, back: str) -> dict[str, Any]:
    """The manifest as GitHub takes it: app.yml, with this service's own addresses."""
    return {
        **msgspec.to_builtins(read_manifest()),
        "url": registration.public_url,
        "redirect_url": back,
        "hook_attributes": {"url": f"{registration.public_url}/webhooks/github", "active": True},
    }


async def register(registration: Registration, port: int, say: Callable[[str], None]) -> RegisteredApp:
    """Serve the page until GitHub sends somebody back with a code, and write the settings. Raises SettingsError."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Route

    socket = listen("127.0.0.1", port)
    here = url_of(socket)
    # Only the browser that was sent to GitHub from here knows this: a code from anywhere else is not taken.
    state = secrets.token_urlsafe(24)
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def page(_request: Request) -> Response:
        manifest = manifest_for(registration, f"{here}/back")
        rows = "".join(f"<li>{html.escape(name)}: {level}</li>" for name, level in manifest["default_permissions"].items())
        return HTMLResponse(
            PAGE.format(
                permissions=rows,
                action=html.escape(f"{registration.action}?state={state}"),
                manifest=html.escape(json.dumps(manifest), quote=True),
            )
        )

    async def back(request: Request) -> Response:
        if not secrets.compare_digest(request.query_params.get("state", "").encode(), state.encode()):
            return HTMLResponse("<p>This did not begin here. Open the page that the terminal names.", 400)
        given = request.query_params.get("code", "")
        if not CODE.fullmatch(given):
            return HTMLResponse("<p>GitHub sent no code. Try again.", 400)
        if not code.done():
            code.set_result(given)
        return HTMLResponse(DONE)

    config = uvicorn.Config(Starlette(routes=[Route("/", page), Route("/back", back)]), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    say(f"Open {here} in a browser on this machine.")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            app = await exchange(registration, await code)
    except TimeoutError:
        raise SettingsError("nobody came back from GitHub within an hour: run `harvest setup` again") from None
    finally:
        server.should_exit = True
        await serving
    return app


async def exchange(registration: Registration, code: str) -> RegisteredApp:
    """The code for the App's id, key and secret, and those into the files."""
    try:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(
                f"{registration.api_url}/app-manifests/{code}/conversions", headers={"accept": "application/vnd.github+json"}
            )
    except httpx.HTTPError as problem:
        raise SettingsError(
            f"GitHub was not reached at {registration.api_url} ({type(problem).__name__}): try again"
        ) from problem
    if answer.status_code != 201:
        raise SettingsError(f"GitHub did not take the code ({answer.status_code}): run `harvest setup` again")
    app = answer.json()
    write_private(registration.key_file, app["pem"])
    write_private(
        registration.env_file,
        f"GITHUB_APP_ID={app['id']}\n"
        f"GITHUB_PRIVATE_KEY_PATH={registration.key_file}\n"
        f"GITHUB_WEBHOOK_SECRET={app['webhook_secret']}\n"
        f"GITHUB_API_URL={registration.api_url}\n"
        f"GITHUB_SERVER_URL={registration.server_url}\n"
        f"HARVEST_PUBLIC_URL={registration.public_url}\n"
        "# ANTHROPIC_API_KEY=\n",
    )
    return RegisteredApp(app["name"], f"{app['html_url']}/installations/new")


def write_private(path: Path, text: str) -> None:
    """A new file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
