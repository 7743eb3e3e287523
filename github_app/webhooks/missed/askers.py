"""Whose requests are worth finding: anybody can write many, and what nobody may ask for need not wait in the inbox.

Who may not ask is told so when a delivery comes, and not here: the door has passed over most of what they write already.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from github_app.commands.authority import No, Terms, who_may_ask
from github_app.commands.strangers import AT_ONCE
from github_app.domain.ask import Account
from github_app.github.installation_token import InstallationToken
from github_app.jobs.services import Services


@dataclass
class Askers:
    """The people met in one look at one repository, each asked about once, and where they are many only those who are in the
    list of all who may write. When their request is handled they are asked about again."""

    services: Services
    token: InstallationToken
    repository: str
    met: dict[int, bool] = field(default_factory=dict)

    async def may_ask(self, account: Account) -> bool:
        if account.id not in self.met and account.type == "User" and len(self.met) >= AT_ONCE:
            writers = await self.services.roles.writers(self.token, self.repository, "")
            if writers is not None and account.id not in writers:
                self.met[account.id] = False
        if account.id not in self.met:
            terms = Terms(bots=frozenset(self.services.settings.allowed_bots))
            answer = await who_may_ask(self.services.roles, self.token, self.repository, account, terms, "")
            self.met[account.id] = not isinstance(answer, No)
        return self.met[account.id]
