"""The account behind a commit, known by its noreply address `<id>+<login>@users.noreply.github.com`.

https://docs.github.com/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
"""

from __future__ import annotations

from emulators.github.git_repository import Commit
from emulators.github.model.accounts import Account
from emulators.github.service import GitHub


def account_behind(github: GitHub, commit: Commit) -> Account | None:
    number = commit.author.email.partition("+")[0]
    return github.store.accounts.get(int(number)) if number.isdecimal() else None
