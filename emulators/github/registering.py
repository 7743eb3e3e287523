"""Making an App from a manifest: a person confirms it in the browser, and whoever has the code then gets its secrets, once.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from emulators.github.clock import now
from emulators.github.errors import not_found, unprocessable
from emulators.github.keys import make_app_key
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, HookConfig
from emulators.github.model.teams import slug_of
from emulators.github.store import Store

# "You must complete this step … within one hour."
_CODE_LIFE = timedelta(hours=1)
# An App's name has 34 characters at most.
_MAX_NAME = 34


class HookAttributes(msgspec.Struct):
    url: str
    active: bool = True


class Manifest(msgspec.Struct):
    """https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters"""

    url: str
    name: str = ""
    hook_attributes: HookAttributes | None = None
    redirect_url: str = ""
    callback_urls: list[str] = []
    setup_url: str = ""
    description: str = ""
    public: bool = False
    default_events: list[str] = []
    default_permissions: dict[str, str] = {}
    request_oauth_on_install: bool = False
    setup_on_update: bool = False


def read_manifest(text: str) -> Manifest:
    """Raises Refused 422 for what is none."""
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise unprocessable(f"The manifest could not be read: {error}") from error


@dataclass(frozen=True)
class _Code:
    app: App
    expires_at: datetime


class Registering:
    """Apps whose secrets have not been fetched yet, by the code for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codes: dict[str, _Code] = {}

    def register(self, manifest: Manifest, name: str, owner: Account) -> str:
        """A new App, and the code for its secrets. Raises Refused 422 for a name that can't be."""
        slug = slug_of(name)
        if not slug or len(name) > _MAX_NAME:
            raise unprocessable("Name must be given, and has 34 characters at most.")
        if self._store.app_called(slug) or self._store.account(slug):
            raise unprocessable("Name is already taken.")
        hook = manifest.hook_attributes
        app = App(
            id=self._store.new_id("app"),
            slug=slug,
            name=name,
            client_id=f"Iv23li{secrets.token_hex(7)}",
            owner=owner,
            bot=self._store.add_account(f"{slug}[bot]", "Bot"),
            permissions=dict(manifest.default_permissions),
            events=list(manifest.default_events),
            created_at=now(),
            hook=HookConfig(self._store.new_id("hook"), hook.url if hook and hook.active else "", secrets.token_hex(20)),
            client_secret=secrets.token_hex(20),
            callback_urls=list(manifest.callback_urls),
            setup_url=manifest.setup_url,
        )
        self._store.apps[app.id] = app
        code = secrets.token_hex(20)
        self._codes[code] = _Code(app, now() + _CODE_LIFE)
        return code

    async def convert(self, code: str) -> tuple[App, str]:
        """The App and its private key, as PEM, which is made now. Raises Refused 404 for a code that is used or too old."""
        held = self._codes.pop(code, None)
        if held is None or held.expires_at <= now():
            raise not_found()
        pem, held.app.public_key = await asyncio.to_thread(make_app_key)
        return held.app, pem
