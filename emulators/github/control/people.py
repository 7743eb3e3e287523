"""Who belongs to what, as an owner would set it up before anything begins."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from emulators.github.control.asking import NotUnderstood, account_named, asked_as, github_of
from emulators.github.model.accounts import MemberRole


class Membership(msgspec.Struct, forbid_unknown_fields=True):
    """`public`: the member shows it."""

    role: MemberRole = "member"
    public: bool = False


async def set_member(request: Request) -> Response:
    """Somebody becomes a member or an owner of an organisation, without being asked."""
    github, asked = github_of(request), await asked_as(request, Membership)
    owner = account_named(github, request.path_params["organization"])
    if owner.type != "Organization":
        raise NotUnderstood(f"{owner.login} is no organisation")
    member = account_named(github, request.path_params["login"])
    owner.members[member.id] = asked.role
    if asked.public:
        owner.public_members.add(member.id)
    return Response(status_code=204)
