"""The App that Actions' checks belong to, with the ids that it has on github.com. No request can be made in its name."""

from __future__ import annotations

from datetime import UTC, datetime

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App

_SINCE = datetime(2018, 7, 30, 9, 30, 17, tzinfo=UTC)
_GITHUB = Account(9919, "github", "Organization", _SINCE, "GitHub")

ACTIONS_APP = App(
    id=15368,
    slug="github-actions",
    name="GitHub Actions",
    client_id="Iv1.05c79e9ad1f6bdfa",
    owner=_GITHUB,
    bot=Account(41898282, "github-actions[bot]", "Bot", _SINCE),
    permissions={"actions": "write", "checks": "write", "contents": "write", "statuses": "write"},
    events=[],
    created_at=_SINCE,
)
