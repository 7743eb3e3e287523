"""Setting what a branch demands, without somebody who administers the repository: the bodies are those of GitHub's API."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulators.github.control.asking import NotUnderstood, asked_as, github_of, repository_of
from emulators.github.errors import Refused
from emulators.github.rules.settings import protection_of, ruleset_of

# What must be said of a protection; here it may be left out.
_NOTHING = {
    "required_status_checks": None,
    "enforce_admins": None,
    "required_pull_request_reviews": None,
    "restrictions": None,
}


async def protect(request: Request) -> Response:
    """https://docs.github.com/rest/branches/branch-protection#update-branch-protection"""
    asked, repo = await asked_as(request, dict[str, Any]), repository_of(request)
    try:
        repo.rules.protections[request.path_params["branch"]] = protection_of({**_NOTHING, **asked})
    except (Refused, KeyError, TypeError) as wrong:
        raise NotUnderstood(str(wrong)) from wrong
    return Response(status_code=204)


async def add_ruleset(request: Request) -> Response:
    """https://docs.github.com/rest/repos/rules#create-a-repository-ruleset"""
    asked, repo = await asked_as(request, dict[str, Any]), repository_of(request)
    try:
        made = ruleset_of(github_of(request).store.new_id("ruleset"), {"name": "rules", "enforcement": "active", **asked})
    except (Refused, KeyError, TypeError) as wrong:
        raise NotUnderstood(str(wrong)) from wrong
    repo.rules.rulesets[made.id] = made
    return JSONResponse({"id": made.id}, 201)
