"""The App that is registered here, and where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulators.github.model.accounts import Account

if TYPE_CHECKING:
    from emulators.github.model.repositories import Repository

Permissions = Mapping[str, str]

_LEVELS = ("none", "read", "write", "admin")


def covers(granted: Permissions, permission: str, level: str) -> bool:
    """Whether these permissions allow `level` on `permission`. Every installation may read metadata."""
    held = granted.get(permission, "read" if permission == "metadata" else "none")
    return _LEVELS.index(held) >= _LEVELS.index(level)


@dataclass(eq=False)
class HookConfig:
    """Where the App's webhooks go. An empty URL means that none are sent."""

    id: int = 0
    url: str = ""
    secret: str = field(default="", repr=False)
    content_type: Literal["json", "form"] = "json"
    insecure_ssl: str = "0"


@dataclass(eq=False)
class App:
    """A GitHub App: its identity, what it asks for, which events it wants and where they go. Its JWTs are verified by
    `public_key` (None: GitHub's own App, which signs none). The last four are for who signs in to it or installs it."""

    id: int
    slug: str
    name: str
    client_id: str
    owner: Account
    bot: Account
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    hook: HookConfig = field(default_factory=HookConfig)
    public_key: RSAPublicKey | None = None
    client_secret: str = field(default="", repr=False)
    callback_urls: list[str] = field(default_factory=list)
    device_flow: bool = False
    setup_url: str = ""


@dataclass(eq=False)
class Installation:
    """The App on one account. `repository_ids` is None when it covers all of the account's repositories."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    repository_ids: set[int] | None = None
    suspended_at: datetime | None = None
    suspended_by: Account | None = None

    @property
    def selection(self) -> Literal["all", "selected"]:
        return "all" if self.repository_ids is None else "selected"

    def reaches(self, repository: Repository) -> bool:
        """Whether the account owns it and it was chosen."""
        chosen = self.repository_ids is None or repository.id in self.repository_ids
        return repository.owner is self.account and chosen


@dataclass(eq=False)
class Delivery:
    """One webhook as it was sent, and how it was answered."""

    id: int
    app: App
    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    url: str
    headers: dict[str, str]
    payload: dict[str, object]
    delivered_at: datetime
    redelivery: bool = False
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
