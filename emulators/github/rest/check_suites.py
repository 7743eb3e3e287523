"""Check suites: an App's runs on one commit, together. https://docs.github.com/rest/checks/suites"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, write
from emulators.github.actions.app import ACTIONS_APP
from emulators.github.check_suites import suite_for
from emulators.github.errors import forbidden, not_found, unprocessable
from emulators.github.model.checks import CheckSuite
from emulators.github.rest.check_runs import list_runs
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.checks import check_suite as suite_shape
from emulators.github.shapes.checks import latest_runs
from emulators.github.shapes.repositories import repository

_READ = read("checks")


@route("POST /repos/{owner}/{repo}/check-suites", write("checks", role="admin"))
async def create_check_suite(call: Call) -> Answer:
    """By hand, for an App that has turned off the making of suites by pushes. One that is there already is given."""
    repo, sha = call.repository, str(call.body["head_sha"])
    if call.via_app is None:
        raise forbidden("You must authenticate via a GitHub App.")
    if await repo.git.commit(sha) is None:
        raise unprocessable(f"No commit found for SHA: {sha}")
    known = len(repo.check_suites)
    suite = suite_for(call.github, repo, call.via_app, sha)
    return Answer(200 if len(repo.check_suites) == known else 201, await _shape(call, suite))


@route("PATCH /repos/{owner}/{repo}/check-suites/preferences", write("checks", role="admin"))
async def set_preferences(call: Call) -> Answer:
    """Which Apps get a suite by every push. https://docs.github.com/rest/checks/suites#update-repository-preferences-for-check-suites"""
    repo = call.repository
    for one in (call.body or {}).get("auto_trigger_checks") or ():
        turned = repo.suites_by_hand.discard if one["setting"] else repo.suites_by_hand.add
        turned(one["app_id"])
    apps = [installed.app.id for installed in call.github.store.installations_on(repo)]
    shown = [{"app_id": app, "setting": app not in repo.suites_by_hand} for app in apps]
    return Answer(200, {"preferences": {"auto_trigger_checks": shown}, "repository": repository(call.github.at, repo)})


@route("GET /repos/{owner}/{repo}/check-suites/{check_suite_id}", _READ)
async def get_check_suite(call: Call) -> Answer:
    return Answer(200, await _shape(call, _suite(call)))


@route("GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs", _READ)
async def list_check_runs_of_suite(call: Call) -> Answer:
    suite = _suite(call)
    return list_runs(call, [run for run in call.repository.check_runs.values() if run.suite is suite])


@route("POST /repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest", write("checks", role="write"))
async def rerequest_check_suite(call: Call) -> Answer:
    """What "Re-run all checks" does."""
    suite = _suite(call)
    if suite.app is ACTIONS_APP:
        raise unprocessable("This check suite is not rerequestable")
    head = await call.repository.git.commit(suite.head_sha)
    if head is None:
        raise not_found()
    suite.requeued = True
    call.github.announce.check_suite("rerequested", call.repository, suite, head, call.account)
    return Answer(201, {})


@route("GET /repos/{owner}/{repo}/commits/{ref}/check-suites", _READ)
async def list_check_suites_for_ref(call: Call) -> Answer:
    sha = await call.repository.git.resolve(call.parameters["ref"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.parameters['ref']}")
    suites = [suite for suite in call.repository.check_suites.values() if suite.head_sha == sha]
    if app_id := call.query.get("app_id"):
        suites = [suite for suite in suites if suite.app.id == int(app_id)]
    if name := call.query.get("check_name"):
        suites = [suite for suite in suites if any(run.name == name for run in latest_runs(call.repository, suite))]
    window, headers = call.window(len(suites))
    shown = [await _shape(call, suite) for suite in suites[window]]
    return Answer(200, {"total_count": len(suites), "check_suites": shown}, headers)


def _suite(call: Call) -> CheckSuite:
    found = call.repository.check_suites.get(call.number("check_suite_id"))
    if found is None:
        raise not_found()
    return found


async def _shape(call: Call, suite: CheckSuite) -> dict[str, Any]:
    head = await call.repository.git.commit(suite.head_sha)
    if head is None:
        raise not_found()
    return suite_shape(call.github.at, call.repository, suite, head)
