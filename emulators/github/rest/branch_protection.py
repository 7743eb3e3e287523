"""The protection of a branch. https://docs.github.com/rest/branches/branch-protection

A setting that GitHub has and that is not enforced here is refused: it would protect nothing.
"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, write
from emulators.github.errors import Refused
from emulators.github.model.rules import Protection, Restrictions
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.rules.settings import protection_of
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
    name, protection = await _branch(call), protection_of(call.body)
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


def _shape(call: Call, protection: Protection) -> dict[str, Any]:
    limits, store = protection.restrictions or Restrictions(), call.github.store
    users = [account for login in limits.users if (account := store.account(login))]
    apps = [store.app] if store.app.slug in limits.apps else []
    return protection_shape(call.github.at, call.repository, call.parameters["branch"], protection, users, apps)
