"""Who can be and who is assigned. https://docs.github.com/rest/issues/assignees"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulators.github.access import read, write
from emulators.github.assigning import assign, can_be_assigned, unassign
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.accounts import Account, at_least
from emulators.github.model.discussions import Issue
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.discussions import issue as issue_shape
from emulators.github.tokens import Person

_READ = read("issues", "pull_requests")
_WRITE = write("issues", "pull_requests", role="read")
_OF_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/assignees"


@route("GET /repos/{owner}/{repo}/assignees", read("metadata"))
async def list_assignees(call: Call) -> Answer:
    able = [one for one in call.github.store.accounts.values() if can_be_assigned(call.repository, one)]
    return call.page_of([simple_user(call.github.at, account) for account in able])


@route("GET /repos/{owner}/{repo}/assignees/{assignee}", read("metadata"))
async def check_assignee(call: Call) -> Answer:
    return _yes_or_no(call)


@route(f"GET {_OF_ISSUE}/{{assignee}}", _READ)
async def check_assignee_of_issue(call: Call) -> Answer:
    return _yes_or_no(call, call.issue)


@route(f"POST {_OF_ISSUE}", _WRITE)
async def add_assignees(call: Call) -> Answer:
    """Who can't be assigned is left out in silence, and so is everybody when the asker may not assign."""
    issue, asked = call.issue, (call.body or {}).get("assignees") or []
    if may_assign(call):
        found = [account for account in map(call.github.store.account, map(_login, asked)) if account]
        able = [account for account in found if can_be_assigned(call.repository, account, issue)]
        await assign(call.github, call.repository, issue, able, call.account)
    return Answer(201, issue_shape(call.github.at, call.repository, issue))


@route(f"DELETE {_OF_ISSUE}", _WRITE)
async def remove_assignees(call: Call) -> Answer:
    issue, asked = call.issue, {login.lower() for login in call.body["assignees"]}
    if may_assign(call):
        named = [account for account in issue.assignees if account.login.lower() in asked]
        await unassign(call.github, call.repository, issue, named, call.account)
    return Answer(200, issue_shape(call.github.at, call.repository, issue))


async def set_assignees(call: Call, issue: Issue, accounts: Sequence[Account]) -> None:
    """These and no others, as `PATCH …/issues/{issue_number}` has it."""
    gone = [account for account in issue.assignees if account not in accounts]
    await unassign(call.github, call.repository, issue, gone, call.account)
    await assign(call.github, call.repository, issue, accounts, call.account)


def named_assignees(call: Call, logins: Sequence[Any], issue: Issue | None = None) -> list[Account]:
    """The accounts behind names in an issue's own fields; here GitHub refuses one that can't be assigned."""
    accounts = []
    for login in logins:
        account = call.github.store.account(_login(login))
        if account is None or not can_be_assigned(call.repository, account, issue):
            raise unprocessable(value=login, resource="Issue", field="assignees", code="invalid")
        accounts.append(account)
    return accounts


def may_assign(call: Call) -> bool:
    """GitHub's description asks for push access and ignores assignees in silence otherwise; its page of roles gives this to
    triage too. https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization"""
    return not isinstance(call.actor, Person) or at_least(call.repository.role_of(call.account), "triage")


def _login(asked: Any) -> str:
    """People are named by their login, or by an object that has it."""
    return str(asked["login"] if isinstance(asked, dict) else asked)


def _yes_or_no(call: Call, issue: Issue | None = None) -> Answer:
    account = call.github.store.account(call.parameters["assignee"])
    if account is None or not can_be_assigned(call.repository, account, issue):
        raise not_found()
    return Answer(204)
