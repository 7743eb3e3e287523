"""Rulesets of a repository, and the rules on one branch. https://docs.github.com/rest/repos/rules

A rule that GitHub has and that is not enforced here is refused: it would protect nothing.
"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, write
from emulators.github.clock import now
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.rules import Bypass, Rule, Ruleset
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.rulesets import rule_on_branch, ruleset_shape

_RULESETS = "/repos/{owner}/{repo}/rulesets"
_WRITE = write("administration", role="admin")
_ENFORCED = frozenset(
    {
        "creation", "update", "deletion", "required_linear_history", "required_signatures", "pull_request",
        "required_status_checks", "non_fast_forward",
    }
)  # fmt: skip
_NOT_ENFORCED = ("require_code_owner_review", "require_last_push_approval", "required_reviewers", "dismissal_restriction")


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
    asked, moment = call.body, now()
    made = Ruleset(
        id=call.github.store.new_id("ruleset"),
        name=asked["name"],
        target=asked.get("target", "branch"),
        enforcement=asked["enforcement"],
        include=_refs(asked.get("conditions"), "include"),
        exclude=_refs(asked.get("conditions"), "exclude"),
        bypass=_bypass(asked.get("bypass_actors") or []),
        rules=_rules(asked.get("rules") or []),
        created_at=moment,
        updated_at=moment,
    )
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
    rules = _rules(asked["rules"]) if "rules" in asked else found.rules
    bypass = _bypass(asked["bypass_actors"]) if "bypass_actors" in asked else found.bypass
    found.name, found.target = asked.get("name", found.name), asked.get("target", found.target)
    found.enforcement = asked.get("enforcement", found.enforcement)
    if "conditions" in asked:
        found.include, found.exclude = _refs(asked["conditions"], "include"), _refs(asked["conditions"], "exclude")
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


def _refs(conditions: dict[str, Any] | None, which: str) -> tuple[str, ...]:
    return tuple(((conditions or {}).get("ref_name") or {}).get(which) or ())


def _rules(asked: list[dict[str, Any]]) -> tuple[Rule, ...]:
    rules = []
    for one in asked:
        parameters = one.get("parameters") or {}
        if one["type"] not in _ENFORCED:
            raise unprocessable(f"The rule {one['type']} is not emulated.")
        if unknown := [name for name in _NOT_ENFORCED if parameters.get(name)]:
            raise unprocessable(f"{one['type']}.{unknown[0]} is not emulated.")
        rules.append(Rule(one["type"], parameters))
    return tuple(rules)


def _bypass(asked: list[dict[str, Any]]) -> tuple[Bypass, ...]:
    for one in asked:
        if one["actor_type"] in ("Team", "DeployKey"):
            raise unprocessable(f"Bypassing by a {one['actor_type']} is not emulated.")
    return tuple(Bypass(one["actor_type"], one.get("actor_id"), one.get("bypass_mode", "always")) for one in asked)
