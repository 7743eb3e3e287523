"""Who Harvest is on GitHub, the App's slug and its bot account, asked once and remembered; and who others are in a commit."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

from github_app.domain.ask import Account
from github_app.github.client import GitHub
from github_app.github.failures import Refused
from sandbox.git import Identity

NOREPLY = "users.noreply.github.com"
# As GitHub has them, those of enterprises' managed users included.
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class OwnIdentity:
    """Asks GitHub on first use; `git()` is who is written into commits, `slug()` the App's name in addresses and mentions."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._git: Identity | None = None
        self._slug = ""
        self._asking = asyncio.Lock()

    @property
    def slug_if_known(self) -> str:
        """Empty until GitHub has said it."""
        return self._slug

    async def slug(self) -> str:
        """Raises Passing, Refused."""
        if not self._slug:
            self._slug = str((await self._github.as_app("GET", "/app"))["slug"])
        return self._slug

    async def git(self) -> Identity:
        """Name and address for commits; the address makes GitHub show the App's bot as their author. Raises Passing, Refused.

        https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
        """
        async with self._asking:
            if self._git is None:
                slug = await self.slug()
                bot = f"{slug}[bot]"
                try:
                    number = f"{(await self._github.anonymously('GET', f'/users/{quote(bot)}'))['id']}+"
                except Refused:
                    number = ""  # a server in private mode shows accounts to nobody; the address is then merely not linked
                self._git = Identity(f"{slug} (Harvest)", f"{number}{bot}@{NOREPLY}")
            return self._git


def in_commits(account: Account) -> Identity | None:
    """A person's name and address for commits; None for what is no person.

    https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    if account.type != "User" or LOGIN.fullmatch(account.login) is None:
        return None
    return Identity(account.login, f"{account.id}+{account.login}@{NOREPLY}")
