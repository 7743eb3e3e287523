"""What an App does with people's tokens, by its client id and secret. https://docs.github.com/rest/apps/oauth-applications"""

from __future__ import annotations

import hashlib
from typing import Any

from emulators.github.clock import stamp
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.apps import App
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.tokens import ClientCredentials, UserToken

_OF_ONE = "/applications/{client_id}/token"


@route(f"POST {_OF_ONE}")
async def check_token(call: Call) -> Answer:
    text, token = _token(call)
    if token is None:
        raise not_found()
    return Answer(200, _shape(call, text, token))


@route(f"PATCH {_OF_ONE}")
async def reset_token(call: Call) -> Answer:
    """Another token in its place; this one stops."""
    text, token = _token(call)
    if token is None:
        raise unprocessable(resource="OauthAccess", code="invalid", field="access_token")
    return Answer(200, _shape(call, call.github.authorizations.renew(text, token), token))


@route(f"DELETE {_OF_ONE}")
async def delete_token(call: Call) -> Answer:
    text, token = _token(call)
    if token is None:
        raise unprocessable(resource="OauthAccess", code="invalid", field="access_token")
    call.github.tokens.revoke_user_token(text)
    return Answer(204)


@route("DELETE /applications/{client_id}/grant")
async def delete_grant(call: Call) -> Answer:
    """All that its person has allowed, with every token."""
    _, token = _token(call)
    if token is None:
        raise unprocessable(resource="OauthAccess", code="invalid", field="access_token")
    call.github.authorizations.revoke(token.app, token.account)
    return Answer(204)


def _app(call: Call) -> App:
    """The App in the path, which must be the one that asks. Raises 404."""
    if not isinstance(call.actor, ClientCredentials) or call.actor.app.client_id != call.parameters["client_id"]:
        raise not_found()
    return call.actor.app


def _token(call: Call) -> tuple[str, UserToken | None]:
    app, text = _app(call), str(call.body["access_token"])
    found = dict(call.github.tokens.user_tokens()).get(text)
    return text, found if found and found.app is app else None


def _shape(call: Call, text: str, token: UserToken) -> dict[str, Any]:
    """`authorization`."""
    app, url = token.app, f"{call.github.at.api}/authorizations/{token.account.id}"
    return {
        "id": token.account.id,
        "url": url,
        "app": {"client_id": app.client_id, "name": app.name, "url": f"{call.github.at.html}/apps/{app.slug}"},
        "token": text,
        "hashed_token": hashlib.sha256(text.encode()).hexdigest(),
        "token_last_eight": text[-8:],
        "note": None,
        "note_url": None,
        "created_at": stamp(token.created_at),
        "updated_at": stamp(token.created_at),
        "scopes": [],
        "fingerprint": None,
        "expires_at": stamp(token.expires_at),
        "user": simple_user(call.github.at, token.account),
    }
