"""Rulesets of a repository, and the rules on one branch. https://docs.github.com/rest/repos/rules

A rule that GitHub has and that is not enforced here is refused: it would protect nothing.
"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.clock import now
from emulators.github.errors import not_found
from emulators.github.model.rules import Ruleset
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.rules.settings import bypass_of, refs_of, rules_of, ruleset_of
from emulators.github.shapes.rulesets import rule_on_branch, ruleset_shape

_RULESETS = "/repos/{owner}/{repo}/rulesets"
_WRITE = write("administration", role="admin")


@route(f"GET {_RULESETS}", read("metadata"))
async def list_rulesets(call: Call) -> Answer:
    """Those of the organisation (`includes_parents`) are none here."""
    found, targets = list(call.repository.rules.rulesets.values()), call.query.get("targets")
    call.query.get("includes_parents")
    if targets:
        found = [one for one in found if one.target in str(targets).split(",")]
    return call.page_of([ruleset_shape(call.github.at, call.repository, one, whole=False) for one in found])


@route(f"POST {_RULESETS}", _WRITE)
async def create_ruleset(call: Call) -> Answer:
    made = ruleset_of(call.github.store.new_id("ruleset"), call.body)
    call.repository.rules.rulesets[made.id] = made
    return Answer(201, ruleset_shape(call.github.at, call.repository, made, whole=True))


@route(f"GET {_RULESETS}/{{ruleset_id}}", read("metadata"))
async def get_ruleset(call: Call) -> Answer:
    call.query.get("includes_parents")
    return Answer(200, ruleset_shape(call.github.at, call.repository, _ruleset(call), whole=True))


@route(f"PUT {_RULESETS}/{{ruleset_id}}", _WRITE)
async def update_ruleset(call: Call) -> Answer:
    """What isn't named stays."""
    found, asked = _ruleset(call), call.body or {}
    rules = rules_of(asked["rules"]) if "rules" in asked else found.rules
    bypass = bypass_of(asked["bypass_actors"]) if "bypass_actors" in asked else found.bypass
    found.name, found.target = asked.get("name", found.name), asked.get("target", found.target)
    found.enforcement = asked.get("enforcement", found.enforcement)
    if "conditions" in asked:
        found.include, found.exclude = refs_of(asked["conditions"], "include"), refs_of(asked["conditions"], "exclude")
    found.rules, found.bypass, found.updated_at = rules, bypass, now()
    return Answer(200, ruleset_shape(call.github.at, call.repository, found, whole=True))


@route(f"DELETE {_RULESETS}/{{ruleset_id}}", _WRITE)
async def delete_ruleset(call: Call) -> Answer:
    del call.repository.rules.rulesets[_ruleset(call).id]
    return Answer(204)


@route("GET /repos/{owner}/{repo}/rules/branches/{branch}", read("metadata"))
async def list_rules_on_branch(call: Call) -> Answer:
    """Of active rulesets, for any branch, there or not. A branch's protection isn't among them."""
    repo = call.repository
    applying = repo.rules.applying(f"refs/heads/{call.parameters['branch']}", repo.default_branch)
    return call.page_of([rule_on_branch(repo, one, rule) for one in applying for rule in one.rules])


def _ruleset(call: Call) -> Ruleset:
    found = call.repository.rules.rulesets.get(call.number("ruleset_id"))
    if found is None:
        raise not_found()
    return found
