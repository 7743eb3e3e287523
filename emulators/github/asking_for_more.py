"""An App that asks for other permissions than it was installed with: what it gives up is gone at once, what is new counts when
the account's owner has accepted it.

https://docs.github.com/apps/maintaining-github-apps/modifying-a-github-app-registration#changing-the-permissions-of-a-github-app
https://docs.github.com/apps/using-github-apps/approving-updated-permissions-for-a-github-app
"""

from __future__ import annotations

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, Installation, Permissions, covers
from emulators.github.service import GitHub


def ask_for(github: GitHub, app: App, permissions: dict[str, str], events: list[str] | None) -> None:
    """The App's registration is changed; every installation keeps what both its owner and the App still agree on."""
    app.permissions = permissions
    if events is not None:
        app.events = list(events)
    for installed in [one for one in github.store.installations.values() if one.app is app]:
        installed.permissions = _both(installed.permissions, permissions)
        if events is not None:
            installed.events = list(events)


def waits_for_acceptance(installed: Installation) -> bool:
    """Whether the App asks for more than this account has granted."""
    return any(not covers(installed.permissions, name, level) for name, level in installed.app.permissions.items())


def accept(github: GitHub, installed: Installation, sender: Account) -> None:
    """The account grants all that the App asks for by now."""
    installed.permissions, installed.events = dict(installed.app.permissions), list(installed.app.events)
    github.announce.installation("new_permissions_accepted", installed, sender)


def _both(granted: Permissions, asked: Permissions) -> dict[str, str]:
    """Of each permission the lower level."""
    return {name: level if covers(asked, name, level) else asked[name] for name, level in granted.items() if name in asked}
