"""`python -m emulators.github`: starts a GitHub on loopback, says in one line of JSON where it is, and ends on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from emulators.github.app import API_PREFIX, make_app
from emulators.github.description.checking import Description
from emulators.github.hosting import Host, bind
from emulators.github.keys import make_app_key, write_app_key
from emulators.github.limit_clock import LimitClock
from emulators.github.model.apps import HookConfig
from emulators.github.seed.world import (
    DEFAULT_EVENTS,
    DEFAULT_PERMISSIONS,
    MAINTAINER,
    OUTSIDER,
    READER,
    register_app,
    seed,
)
from emulators.github.service import GitHub
from emulators.github.shapes.addresses import Addresses
from emulators.github.store import Store
from emulators.github.webhooks import TIME_LIMIT_SECONDS

_PEOPLE = {"maintainer": MAINTAINER, "reader": READER, "outsider": OUTSIDER}
_HOOKS = Path(__file__).parent / "git_hooks"


def main(argv: Sequence[str] | None = None) -> None:
    options = _options(argv)
    root = Path(tempfile.mkdtemp(prefix="emulated-github-")) if options.root is None else Path(options.root).resolve()
    root.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_serve(options, root))
    finally:
        if options.root is None:
            shutil.rmtree(root, ignore_errors=True)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulators.github", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes any (%(default)s)")
    parser.add_argument("--webhook-url", default="", help="where the App's webhooks go; none are sent without it")
    parser.add_argument("--webhook-secret", default=None, help="what they are signed with (a random one)")
    parser.add_argument(
        "--webhook-timeout",
        type=float,
        default=TIME_LIMIT_SECONDS,
        help="seconds that a webhook may take to be answered (%(default)g, as on github.com)",
    )
    parser.add_argument(
        "--limits-speed",
        type=float,
        default=1.0,
        help="how many seconds of the rate limits' minutes and hours pass in one (%(default)g, as on github.com)",
    )
    parser.add_argument("--root", default=None, help="folder for git and the App's key (a temporary one, removed at the end)")
    parser.add_argument("--manifest", default=None, help="an app.yml whose default_permissions and default_events the App has")
    parser.add_argument("--events", default=None, help="events the App subscribes to, separated by commas")
    parser.add_argument(
        "--run-workflows",
        action="store_true",
        help="carry out the workflows of what is pushed, as whoever started this: in a clone of its own, but in no sandbox",
    )
    parser.add_argument("--private", action="store_true", help="make the first repository private")
    return parser.parse_args(argv)


async def _serve(options: argparse.Namespace, root: Path) -> None:
    host = Host(bind(options.host, options.port))
    url = f"http://{host.address[0]}:{host.address[1]}"
    key_path = root / "app-private-key.pem"
    pem, public_key = make_app_key()
    write_app_key(key_path, pem)
    secret = options.webhook_secret or secrets.token_hex(20)
    store = Store(root)
    store.run_workflows = options.run_workflows
    permissions, events = _asked_of_the_app(options)
    hook = HookConfig(store.new_id("hook"), options.webhook_url, secret)
    register_app(store, hook, public_key, permissions, events)
    hooks = _install_hooks(root)
    clock = LimitClock(options.limits_speed)
    at = Addresses(f"{url}{API_PREFIX}", url)
    github = GitHub(store, at, hooks, Description(), options.webhook_timeout, clock)
    repo = await seed(store, hooks, private=options.private)
    ready = {
        "url": url,
        "env": {
            "GITHUB_API_URL": f"{url}{API_PREFIX}",
            "GITHUB_SERVER_URL": url,
            "GITHUB_APP_ID": str(store.app.id),
            "GITHUB_PRIVATE_KEY_PATH": str(key_path),
            "GITHUB_WEBHOOK_SECRET": secret,
        },
        "app": {"slug": store.app.slug, "client_id": store.app.client_id, "client_secret": store.app.client_secret},
        "repository": repo.full_name,
        "people": {role: _person(github, login) for role, login in _PEOPLE.items()},
    }
    await host.serve(make_app(github, host.refuse, lambda: print(json.dumps(ready), flush=True)))


def _asked_of_the_app(options: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """The App's permissions and events: from its manifest if there is one, `--events` above all."""
    permissions, events = dict(DEFAULT_PERMISSIONS), list(DEFAULT_EVENTS)
    if options.manifest:
        manifest = yaml.safe_load(Path(options.manifest).read_text())
        permissions, events = dict(manifest["default_permissions"]), list(manifest["default_events"])
    if options.events is not None:
        events = [event.strip() for event in options.events.split(",") if event.strip()]
    return permissions, events


def _install_hooks(root: Path) -> Path:
    """Git runs hooks only when they may be executed, which a package's files may not be. One is in Python: it runs with this
    interpreter, and without what it doesn't need, because every push waits for it."""
    hooks = root / "git-hooks"
    hooks.mkdir(exist_ok=True)
    for source in _HOOKS.iterdir():
        if source.is_file():
            text = source.read_text().replace("#!/usr/bin/env python3", f"#!{sys.executable} -IS")
            (hooks / source.name).write_text(text)
            (hooks / source.name).chmod(0o755)
    return hooks


def _person(github: GitHub, login: str) -> dict[str, str]:
    account = github.store.account(login)
    if account is None:
        raise LookupError(f"the seed has nobody called {login}")
    return {"login": login, "token": github.tokens.for_person(account)}


if __name__ == "__main__":
    main()
