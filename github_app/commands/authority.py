"""Who may ask? Whoever labelled, commented or pressed needs write permission on the repository, asked of GitHub each time; a
repository can ask for more.

The decision is pure; the one question to GitHub stands below it. Whatever is not clearly a yes is a no with a reason.
https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from github_app.domain.ask import Account
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.roles import Roles
from github_app.settings.repository import RepositorySettings, Role

# Which of the repository's `roles` something takes.
Permission = Literal["ask", "change", "approve", "stop"]

# `role_name` is exact; the older `permission` field folds triage into read and maintain into write. An organization's own
# roles have names of their own, and for those the permission that they are built on decides.
ROLES_THAT_MAY_ASK: tuple[Role, ...] = get_args(Role)
ROLES_THAT_MAY_NOT = frozenset({"none", "read", "triage"})


@dataclass(frozen=True)
class Terms:
    """What it takes to ask: a role on the repository, being one of these people (logins; None for anybody), and for a bot
    being one of these accounts."""

    role: Role = "write"
    people: tuple[str, ...] | None = None
    bots: frozenset[str] = frozenset()

    @classmethod
    def of(cls, permission: Permission, allowed_bots: Collection[str], own: RepositorySettings) -> Terms:
        """What the repository has set, of what the operator allows."""
        bots = frozenset(allowed_bots)
        if own.bots is not None:
            bots &= {str(id_) for id_ in own.bots}
        return cls(getattr(own.roles, permission), own.people, bots)


@dataclass(frozen=True)
class Yes:
    """This account may ask."""


@dataclass(frozen=True)
class No:
    """This account may not ask; `say_so` when a person should be told in the thread (a bot is not answered). `by_setting` is
    the key by which the repository wants more than write permission, empty where that is missing."""

    reason: str
    say_so: bool
    by_setting: str = ""


Answer = Yes | No


def decide_by_account(sender: Account, bots: Collection[str]) -> Answer | None:
    """What the account alone decides, or None when its permission has to be asked for.

    Bots are let through only by their account id on the list, never by how their name ends.
    """
    if sender.type == "User":
        return None
    if sender.type == "Bot":
        if str(sender.id) in bots:
            return None
        return No(f"the bot {sender.login} (account {sender.id}) is not among those that may ask", say_so=False)
    return No(f"{sender.login} is of type {sender.type}: only people can ask", say_so=False)


def decide_by_role(sender: Account, role_name: str | None, permission: str | None, terms: Terms, key: str = "") -> Answer:
    """What the role on the repository decides; None means that GitHub knows of none. `key` is the setting that the terms' role
    is from."""
    has = role_of(role_name, permission)
    if has is None:
        told = f"has the role {role_name}" if role_name else "has no role here"
        return No(f"@{sender.login} {told}; asking takes write permission", say_so=True)
    if ROLES_THAT_MAY_ASK.index(has) < ROLES_THAT_MAY_ASK.index(terms.role):
        return No(f"@{sender.login} has the role {role_name}; this takes {terms.role}", say_so=True, by_setting=key)
    if terms.people is not None and sender.login.casefold() not in map(str.casefold, terms.people) and sender.type == "User":
        return No(f"@{sender.login} is not among the people who may ask", say_so=True, by_setting="people")
    return Yes()


def role_of(role_name: str | None, permission: str | None) -> Role | None:
    """The role as one that may ask, None for one that may not."""
    if role_name in ROLES_THAT_MAY_ASK:
        return ROLES_THAT_MAY_ASK[ROLES_THAT_MAY_ASK.index(role_name)]
    built_on: dict[str | None, Role] = {"write": "write", "admin": "admin"}
    return built_on.get(permission) if role_name and role_name not in ROLES_THAT_MAY_NOT else None


async def who_may_ask(
    roles: Roles, token: InstallationToken, repository: str, sender: Account, terms: Terms, job_id: str, key: str = ""
) -> Answer:
    """Ask GitHub for the sender's role and decide. `key` is the setting that the terms' role is from.

    Raises `Passing` when GitHub can't be asked now: nobody is let in meanwhile.
    """
    if (answer := decide_by_account(sender, terms.bots)) is not None:
        return answer
    try:
        answer_body = await roles.of(token, repository, sender.login, job_id)
    except Refused as problem:
        if problem.status == 404:
            return decide_by_role(sender, None, None, terms)
        return No(f"the permission of @{sender.login} could not be read: {problem.reason}", say_so=False)
    # A login can be given up and taken by someone else between the event and the question: the account id decides.
    user = answer_body.get("user") or {}
    if user.get("id") not in (None, sender.id):
        return No(f"@{sender.login} is another account by now", say_so=False)
    return decide_by_role(sender, answer_body.get("role_name"), answer_body.get("permission"), terms, key)
