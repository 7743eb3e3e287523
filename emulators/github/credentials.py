"""Reads the Authorization header, in the forms that GitHub's API and its git take."""

from __future__ import annotations

import base64
import binascii

from emulators.github.errors import bad_credentials
from emulators.github.tokens import Actor, Anonymous, Tokens


def actor_of(tokens: Tokens, authorization: str | None) -> Actor:
    """`Bearer x`, `token x`, or Basic with the token as password (git: user `x-access-token`) or with
    an App's client id and secret. Raises Refused."""
    if not authorization:
        return Anonymous()
    scheme, _, credential = authorization.partition(" ")
    match scheme.lower():
        case "bearer" | "token":
            return tokens.actor_of(credential.strip())
        case "basic":
            try:
                user, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise bad_credentials() from None
            return tokens.client(user, password) or tokens.actor_of(password or user)
        case _:
            raise bad_credentials()
