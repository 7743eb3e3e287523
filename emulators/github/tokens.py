"""Who a credential belongs to: people's tokens, the App's signed JWT, and the installation tokens it is given for them."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulators.github.clock import now
from emulators.github.errors import Refused, bad_credentials, forbidden
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, Installation
from emulators.github.model.repositories import Repository
from emulators.github.store import Store

# https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
JWT_LIFE = timedelta(minutes=10)
# How far a client's clock may be ahead of GitHub's.
CLOCK_DRIFT = timedelta(seconds=60)
INSTALLATION_TOKEN_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class Anonymous:
    """Nobody in particular: sees what is public."""

    name: str = "anonymous"


@dataclass(frozen=True)
class Person:
    """A user, or another bot, with a token of their own."""

    account: Account

    @property
    def name(self) -> str:
        return f"person {self.account.login}"


@dataclass(frozen=True)
class UserToken(Person):
    """A person acting through an App: may do what both of them may. `installation_for` knows where the App is installed.
    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-with-a-github-app-on-behalf-of-a-user
    """

    app: App
    installation_for: Callable[[Repository, App], Installation | None]
    created_at: datetime
    expires_at: datetime

    @property
    def name(self) -> str:
        return f"{self.account.login} through {self.app.slug}"


@dataclass(frozen=True)
class ClientCredentials(Anonymous):
    """An App by its client id and secret: that opens what it may do with people's tokens, and nothing else."""

    name: str = "client"
    app: App = field(kw_only=True)


@dataclass(frozen=True)
class AppItself:
    """The App, by a JWT signed with its private key."""

    app: App
    name: str = "app"


@dataclass(frozen=True)
class InstallationToken:
    """The App acting on one installation, narrowed to some repositories (None: all of them) and permissions."""

    id: int
    installation: Installation
    permissions: dict[str, str]
    repository_ids: frozenset[int] | None
    expires_at: datetime

    @property
    def name(self) -> str:
        return f"installation token {self.id}"

    @property
    def account(self) -> Account:
        """Whose name its comments and commits carry."""
        return self.installation.app.bot


Actor = Anonymous | Person | AppItself | InstallationToken


class Tokens:
    """Every credential that is valid here. An App's JWT is known by its public key."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users: dict[str, UserToken] = {}
        self._people: dict[str, Person] = {}
        self._installations: dict[str, InstallationToken] = {}

    def for_person(self, account: Account) -> str:
        """A new personal access token."""
        token = f"ghp_{secrets.token_hex(18)}"
        self._people[token] = Person(account)
        return token

    def for_user(self, app: App, account: Account, expires_at: datetime) -> str:
        """A new user access token of an App."""
        token = f"ghu_{secrets.token_hex(18)}"
        self._users[token] = UserToken(account, app, self._store.installation_for, now(), expires_at)
        return token

    def user_tokens(self) -> list[tuple[str, UserToken]]:
        return list(self._users.items())

    def revoke_user_token(self, token: str) -> None:
        self._users.pop(token, None)

    def client(self, client_id: str, secret: str) -> ClientCredentials | None:
        """The App that these are the client id and the secret of."""
        app = self._store.app_of_client(client_id)
        if app is None or not secrets.compare_digest(app.client_secret.encode(), secret.encode()):
            return None
        return ClientCredentials(app=app)

    def for_installation(
        self, installation: Installation, permissions: dict[str, str], repository_ids: frozenset[int] | None
    ) -> tuple[str, InstallationToken]:
        """A new installation token, valid for one hour."""
        grant = InstallationToken(
            id=len(self._installations) + 1,
            installation=installation,
            permissions=permissions,
            repository_ids=repository_ids,
            expires_at=now() + INSTALLATION_TOKEN_LIFE,
        )
        token = _installation_token_text(installation.app.id, grant)
        self._installations[token] = grant
        return token, grant

    def revoke(self, grant: InstallationToken) -> None:
        self._installations = {text: known for text, known in self._installations.items() if known is not grant}

    def revoke_of(self, installation: Installation) -> None:
        """The App was uninstalled: none of its tokens works any more."""
        self._installations = {
            text: known for text, known in self._installations.items() if known.installation is not installation
        }

    def expire_all(self) -> None:
        """Make every token of installations and users that was given so far invalid, as if its time had passed."""
        self._installations.clear()
        self._users.clear()

    def known(self) -> list[str]:
        """Every token that was given out and is still valid, to look for where none belongs."""
        return [*self._people, *self._installations, *self._users]

    def actor_of(self, credential: str) -> Actor:
        """Who this is. Raises Refused: 401 for what is unknown, expired or wrongly signed; 403 when suspended."""
        if person := self._people.get(credential):
            return person
        if grant := self._installations.get(credential):
            if grant.expires_at <= now():
                raise bad_credentials()
            if grant.installation.suspended_at:
                raise forbidden("This installation has been suspended")
            return grant
        if user := self._users.get(credential):
            if user.expires_at <= now():
                raise bad_credentials()
            return user
        if credential.count(".") == 2 and not credential.startswith("ghs_"):
            return self._app_of(credential)
        raise bad_credentials()

    def _app_of(self, token: str) -> AppItself:
        app, public_key = self._claimed_app(token)
        try:
            claims = jwt.decode(
                token,
                public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.InvalidTokenError:
            raise Refused(401, "A JSON web token could not be decoded") from None
        moment = now().timestamp()
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int | float) or issued > moment + CLOCK_DRIFT.total_seconds():
            raise Refused(
                401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
            )
        if not isinstance(expires, int | float) or expires <= moment:
            raise Refused(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the"
                " assertion expires",
            )
        if expires > moment + JWT_LIFE.total_seconds():
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        return AppItself(app)

    def _claimed_app(self, token: str) -> tuple[App, RSAPublicKey]:
        """Whose JWT it says that it is, which is not verified yet, and by what to verify it."""
        try:
            issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
        except jwt.InvalidTokenError:
            raise Refused(401, "A JSON web token could not be decoded") from None
        for app in self._store.apps.values():
            if app.public_key and issuer in (str(app.id), app.client_id):
                return app, app.public_key
        raise Refused(404, "Integration not found")


def _installation_token_text(app_id: int, grant: InstallationToken) -> str:
    """`ghs_<app id>_<header>.<claims>.<signature>`, about 520 characters, as GitHub's are since 2026. What it says about
    itself is for its length and look only: what it may do is kept in memory."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    header = part(json.dumps({"alg": "RS256", "typ": "JWT"}).encode())
    claims = {
        "iss": "github",
        "sub": grant.installation.id,
        "jti": secrets.token_hex(16),
        "exp": int(grant.expires_at.timestamp()),
    }
    return f"ghs_{app_id}_{header}.{part(json.dumps(claims).encode())}.{part(secrets.token_bytes(256))}"
