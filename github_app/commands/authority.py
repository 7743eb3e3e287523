"""Who may ask? Whoever labelled, commented or pressed needs write permission on the repository, asked of GitHub each time.

The decision is pure; the one question to GitHub stands below it. Whatever is not clearly a yes is a no with a reason.
https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

from github_app.domain.ask import Account
from github_app.github.client import GitHub, repository_path
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken

# `role_name` is exact; the older `permission` field folds triage into read and maintain into write. An organization's own
# roles have names of their own, and for those the permission that they are built on decides.
ROLES_THAT_MAY_ASK = frozenset({"write", "maintain", "admin"})
ROLES_THAT_MAY_NOT = frozenset({"none", "read", "triage"})
PERMISSIONS_THAT_MAY_ASK = frozenset({"write", "admin"})


@dataclass(frozen=True)
class Yes:
    """This account may ask."""


@dataclass(frozen=True)
class No:
    """This account may not ask; `say_so` when a person should be told in the thread (a bot is not answered)."""

    reason: str
    say_so: bool


Answer = Yes | No


def decide_by_account(sender: Account, allowed_bots: Collection[str]) -> Answer | None:
    """What the account alone decides, or None when its permission has to be asked for.

    Bots are let through only by their account id on the operator's list, never by how their name ends.
    """
    if sender.type == "User":
        return None
    if sender.type == "Bot":
        if str(sender.id) in allowed_bots:
            return None
        return No(f"the bot {sender.login} (account {sender.id}) is not in HARVEST_ALLOWED_BOTS", say_so=False)
    return No(f"{sender.login} is of type {sender.type}: only people can ask", say_so=False)


def decide_by_role(sender: Account, role_name: str | None, permission: str | None) -> Answer:
    """What the role on the repository decides; None means that GitHub knows of none."""
    if role_name in ROLES_THAT_MAY_ASK:
        return Yes()
    if role_name and role_name not in ROLES_THAT_MAY_NOT and permission in PERMISSIONS_THAT_MAY_ASK:
        return Yes()
    has = f"has the role {role_name}" if role_name else "has no role here"
    return No(f"@{sender.login} {has}; asking takes write permission", say_so=True)


async def who_may_ask(
    github: GitHub, token: InstallationToken, repository: str, sender: Account, allowed_bots: Collection[str], job_id: str
) -> Answer:
    """Ask GitHub for the sender's role and decide.

    Raises `Passing` when GitHub can't be asked now: nobody is let in meanwhile.
    """
    if (answer := decide_by_account(sender, allowed_bots)) is not None:
        return answer
    path = f"{repository_path(repository)}/collaborators/{quote(sender.login, safe='')}/permission"
    try:
        answer_body = await github.with_token(token, "GET", path, job_id=job_id)
    except Refused as problem:
        if problem.status == 404:
            return decide_by_role(sender, None, None)
        return No(f"the permission of @{sender.login} could not be read: {problem.reason}", say_so=False)
    # A login can be given up and taken by someone else between the event and the question: the account id decides.
    user = answer_body.get("user") or {}
    if user.get("id") not in (None, sender.id):
        return No(f"@{sender.login} is another account by now", say_so=False)
    return decide_by_role(sender, answer_body.get("role_name"), answer_body.get("permission"))
