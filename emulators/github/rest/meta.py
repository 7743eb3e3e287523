"""What says that GitHub is there and how much of it is left. https://docs.github.com/rest/meta, /rest/rate-limit"""

from __future__ import annotations

from emulators.github.rest.routing import Answer, Call, route

SUPPORTED_VERSIONS = ("2022-11-28", "2026-03-10")


@route("GET /meta")
async def get_meta(call: Call) -> Answer:
    return Answer(200, {"verifiable_password_authentication": False, "git": ["127.0.0.0/8"], "hooks": ["127.0.0.0/8"]})


@route("GET /zen")
async def get_zen(call: Call) -> Answer:
    return Answer(200, "Keep it logically awesome.")


@route("GET /versions")
async def list_versions(call: Call) -> Answer:
    return Answer(200, list(SUPPORTED_VERSIONS))


@route("GET /rate_limit")
async def get_rate_limit(call: Call) -> Answer:
    """Asking this counts towards no primary limit. https://docs.github.com/rest/rate-limit/rate-limit"""
    left, actor = call.github.rates.allowances.left, call.actor
    resources = {name: left(actor, name) for name in ("core", "search", "code_search", "graphql")}
    return Answer(200, {"resources": resources, "rate": resources["core"]})
