"""What people have allowed Apps: codes on their way to a token, and the tokens.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from emulators.github.clock import now
from emulators.github.limit_clock import LimitClock
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App
from emulators.github.tokens import Tokens, UserToken

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=8)
# "expires after 6 months"
REFRESH_LIFE = timedelta(days=184)
DEVICE_CODE_LIFE = timedelta(minutes=15)
# Seconds between two questions of a device; who asks sooner has to wait so much longer.
DEVICE_INTERVAL = 5
MORE_AFTER_HASTE = 5


class NotGranted(Exception):
    """A token is not given; `error` is GitHub's word for why.
    https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors"""

    def __init__(self, error: str, description: str, **more: int) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.more = more


@dataclass(frozen=True)
class _Code:
    app: App
    account: Account
    redirect_uri: str
    challenge: str
    expires_at: datetime


@dataclass
class Device:
    """A device that waits for its person. `allowed` is None until they have answered."""

    app: App
    user_code: str
    expires_at: datetime
    interval: float
    asked_at: float
    account: Account | None = None
    allowed: bool | None = None


@dataclass(frozen=True)
class _Refresh:
    app: App
    account: Account
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Granted:
    """A new token with what renews it; both are text."""

    token: str
    refresh_token: str


class Authorizations:
    """Codes and refresh tokens are used once. Devices are told how often to ask by the clock of the limits."""

    def __init__(self, tokens: Tokens, clock: LimitClock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._devices: dict[str, Device] = {}
        self._refresh: dict[str, _Refresh] = {}

    def code_for(self, app: App, account: Account, redirect_uri: str, challenge: str) -> str:
        """A person has said yes in the browser; `challenge` is PKCE's ("": none)."""
        code = secrets.token_hex(10)
        self._codes[code] = _Code(app, account, redirect_uri, challenge, now() + CODE_LIFE)
        return code

    def exchange(self, app: App, code: str, redirect_uri: str | None, verifier: str) -> Granted:
        """A code for a token. Raises NotGranted."""
        held = self._codes.pop(code, None)
        wrong = NotGranted("bad_verification_code", "The code passed is incorrect or expired.")
        if held is None or held.app is not app or held.expires_at <= now():
            raise wrong
        if redirect_uri is not None and redirect_uri != held.redirect_uri:
            raise NotGranted(
                "redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application."
            )
        if held.challenge and not secrets.compare_digest(_challenge_of(verifier), held.challenge):
            raise wrong
        return self._grant(app, held.account)

    def begin_device(self, app: App) -> tuple[str, Device]:
        """The device's code, and what its person types in."""
        letters = "".join(secrets.choice(string.ascii_uppercase) for _ in range(8))
        device = Device(app, f"{letters[:4]}-{letters[4:]}", now() + DEVICE_CODE_LIFE, DEVICE_INTERVAL, self._clock.now())
        code = secrets.token_hex(20)
        self._devices[code] = device
        return code, device

    def device_of(self, user_code: str) -> Device | None:
        """The device that waits for this answer of a person."""
        wanted = user_code.strip().upper()
        waiting = (one for one in self._devices.values() if one.user_code == wanted and one.allowed is None)
        return next((one for one in waiting if one.expires_at > now()), None)

    def exchange_device(self, app: App, code: str) -> Granted:
        """A device asks whether its person has answered. Raises NotGranted.
        https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#error-codes-for-the-device-flow"""
        device = self._devices.get(code)
        if device is None or device.app is not app:
            raise NotGranted("incorrect_device_code", "The device_code provided is not valid.")
        if device.expires_at <= now():
            raise NotGranted("expired_token", "The device_code has expired.")
        moment = self._clock.now()
        early, device.asked_at = moment - device.asked_at < device.interval, moment
        if early:
            device.interval += MORE_AFTER_HASTE
            raise NotGranted(
                "slow_down", "Too many requests have been made in the same timeframe.", interval=int(device.interval)
            )
        if device.allowed is None:
            raise NotGranted("authorization_pending", "The authorization request is still pending.")
        del self._devices[code]
        if not device.allowed or device.account is None:
            raise NotGranted("access_denied", "The authorization request was denied.")
        return self._grant(app, device.account)

    def refresh(self, app: App, refresh_token: str) -> Granted:
        """New ones for old; the old ones stop. Raises NotGranted."""
        held = self._refresh.pop(refresh_token, None)
        if held is None or held.app is not app or held.expires_at <= now():
            raise NotGranted("bad_refresh_token", "The refresh token passed is incorrect or expired.")
        self._tokens.revoke_user_token(held.token)
        return self._grant(app, held.account)

    def revoke(self, app: App, account: Account) -> None:
        """The person or the App takes all of it back."""
        self._refresh = {text: one for text, one in self._refresh.items() if (one.app, one.account) != (app, account)}
        for text, token in self._tokens.user_tokens():
            if token.app is app and token.account is account:
                self._tokens.revoke_user_token(text)

    def renew(self, text: str, token: UserToken) -> str:
        """Another token in the place of one."""
        self._tokens.revoke_user_token(text)
        return self._grant(token.app, token.account).token

    def _grant(self, app: App, account: Account) -> Granted:
        token = self._tokens.for_user(app, account, now() + TOKEN_LIFE)
        granted = Granted(token, f"ghr_{secrets.token_hex(38)}")
        self._refresh[granted.refresh_token] = _Refresh(app, account, token, now() + REFRESH_LIFE)
        return granted


def _challenge_of(verifier: str) -> str:
    """PKCE's S256. https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
