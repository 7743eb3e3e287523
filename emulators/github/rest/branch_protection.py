"""The protection of a branch. https://docs.github.com/rest/branches/branch-protection

A setting that GitHub has and that is not enforced here is refused: it would protect nothing.
"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, write
from emulators.github.errors import Refused, unprocessable
from emulators.github.model.rules import Protection, RequiredChecks, RequiredReviews, Restrictions
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.protection import checks_shape, protection_shape

_PROTECTION = "/repos/{owner}/{repo}/branches/{branch}/protection"
_READ = read("administration")
_WRITE = write("administration", role="admin")


@route(f"GET {_PROTECTION}", _READ)
async def get_protection(call: Call) -> Answer:
    return Answer(200, _shape(call, await _protection(call)))


@route(f"PUT {_PROTECTION}", _WRITE)
async def set_protection(call: Call) -> Answer:
    """All of it: what isn't named is off."""
    name, asked = await _branch(call), call.body
    protection = Protection(
        checks=_checks(asked["required_status_checks"]),
        reviews=_reviews(asked["required_pull_request_reviews"]),
        restrictions=_restrictions(asked["restrictions"]),
        enforce_admins=bool(asked["enforce_admins"]),
        linear_history=bool(asked.get("required_linear_history")),
        force_pushes=bool(asked.get("allow_force_pushes")),
        deletions=bool(asked.get("allow_deletions")),
        block_creations=bool(asked.get("block_creations")),
        conversations=bool(asked.get("required_conversation_resolution")),
        locked=bool(asked.get("lock_branch")),
        fork_syncing=bool(asked.get("allow_fork_syncing")),
    )
    call.repository.rules.protections[name] = protection
    return Answer(200, _shape(call, protection))


@route(f"DELETE {_PROTECTION}", _WRITE)
async def delete_protection(call: Call) -> Answer:
    await _protection(call)
    del call.repository.rules.protections[call.parameters["branch"]]
    return Answer(204)


@route(f"GET {_PROTECTION}/required_status_checks", _READ)
async def get_required_checks(call: Call) -> Answer:
    protection, shape = await _protection(call), None
    if protection.checks:
        shape = checks_shape(_shape(call, protection)["url"], protection.checks)
    if shape is None:
        raise Refused(404, "Required status checks not enabled")
    return Answer(200, shape)


async def _branch(call: Call) -> str:
    name = call.parameters["branch"]
    if await call.repository.git.branch(name) is None:
        raise Refused(404, "Branch not found")
    return name


async def _protection(call: Call) -> Protection:
    found = call.repository.rules.protections.get(await _branch(call))
    if found is None:
        raise Refused(404, "Branch not protected")
    return found


def _checks(asked: dict[str, Any] | None) -> RequiredChecks | None:
    """`contexts` by name, or `checks` with the App that must say it (-1: any)."""
    if asked is None:
        return None
    contexts: dict[str, int | None] = dict.fromkeys(asked.get("contexts") or ())
    for one in asked.get("checks") or ():
        app = one.get("app_id")
        contexts[one["context"]] = None if app == -1 else app
    return RequiredChecks(contexts, bool(asked["strict"]))


def _reviews(asked: dict[str, Any] | None) -> RequiredReviews | None:
    if asked is None:
        return None
    for setting in ("require_code_owner_reviews", "require_last_push_approval", "dismissal_restrictions"):
        if asked.get(setting):
            raise unprocessable(f"{setting} is not emulated.")
    bypass = asked.get("bypass_pull_request_allowances") or {}
    if bypass.get("teams"):
        raise unprocessable("bypass_pull_request_allowances.teams is not emulated.")
    names = frozenset([*(bypass.get("users") or ()), *(bypass.get("apps") or ())])
    count = int(asked.get("required_approving_review_count", 1))
    return RequiredReviews(count, bool(asked.get("dismiss_stale_reviews")), names)


def _restrictions(asked: dict[str, Any] | None) -> Restrictions | None:
    if asked is None:
        return None
    if asked.get("teams"):
        raise unprocessable("restrictions.teams is not emulated.")
    return Restrictions(users=tuple(asked["users"]), apps=tuple(asked.get("apps") or ()))


def _shape(call: Call, protection: Protection) -> dict[str, Any]:
    limits, store = protection.restrictions or Restrictions(), call.github.store
    users = [account for login in limits.users if (account := store.account(login))]
    apps = [store.app] if store.app.slug in limits.apps else []
    return protection_shape(call.github.at, call.repository, call.parameters["branch"], protection, users, apps)
