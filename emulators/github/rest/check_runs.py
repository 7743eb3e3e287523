"""Check runs, which only an App can make. https://docs.github.com/rest/checks/runs"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulators.github.access import read, write
from emulators.github.actions.app import ACTIONS_APP
from emulators.github.check_suites import ask_again, run_changed, suite_for
from emulators.github.clock import now, parse_stamp
from emulators.github.errors import Refused, forbidden, not_found, unprocessable
from emulators.github.model.apps import App
from emulators.github.model.checks import CheckRun
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.checks import check_run as run_shape

# "The maximum size is 64 KB": the one limit of check runs that the description doesn't have.
MAX_ANNOTATION_MESSAGE_BYTES = 64 * 1024

_READ = read("checks")
_WRITE = write("checks", role="admin")


@route("POST /repos/{owner}/{repo}/check-runs", _WRITE)
async def create_check_run(call: Call) -> Answer:
    app, repo, asked = _app(call), call.repository, call.body
    _check_messages(asked)
    if await repo.git.commit(asked["head_sha"]) is None:
        raise unprocessable(f"No commit found for SHA: {asked['head_sha']}")
    branch = next((ref for ref, sha in (await repo.git.refs("refs/heads/")).items() if sha == asked["head_sha"]), None)
    suite = suite_for(call.github, repo, app, asked["head_sha"], branch.removeprefix("refs/heads/") if branch else None)
    run = CheckRun(
        id=call.github.store.new_id("check_run"),
        suite=suite,
        name=asked["name"],
        status="queued",
        conclusion=None,
        started_at=now(),
        completed_at=None,
        external_id="",
        details_url="",
    )
    repo.check_runs[run.id] = run
    _apply(run, asked)
    call.github.announce.check_run("created", repo, run, call.account)
    await run_changed(call.github, repo, run, call.account, completed=run.status == "completed")
    shape = run_shape(call.github.at, repo, run)
    return Answer(201, shape, {"location": shape["url"]})


@route("GET /repos/{owner}/{repo}/check-runs/{check_run_id}", _READ)
async def get_check_run(call: Call) -> Answer:
    return Answer(200, run_shape(call.github.at, call.repository, _run(call)))


@route("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", _WRITE)
async def update_check_run(call: Call) -> Answer:
    app, run, asked = _app(call), _run(call), call.body or {}
    if run.app is not app:
        raise forbidden(f"Invalid app_id `{app.id}` - check run can only be modified by the GitHub App that created it.")
    _check_messages(asked)
    was = run.status
    _apply(run, asked)
    ended = run.status == "completed" and was != "completed"
    await run_changed(call.github, call.repository, run, call.account, completed=ended)
    return Answer(200, run_shape(call.github.at, call.repository, run))


@route("GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", _READ)
async def list_annotations(call: Call) -> Answer:
    return call.page_of([_annotation(call, _run(call), one) for one in _run(call).annotations])


@route("POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest", write("checks", role="write"))
async def rerequest_check_run(call: Call) -> Answer:
    run = _run(call)
    if run.app is ACTIONS_APP:  # which has a route of its own for it
        raise unprocessable("This check run is not rerequestable")
    ask_again(call.github, call.repository, run, call.account)
    return Answer(201, {})


@route("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", _READ)
async def list_check_runs_for_ref(call: Call) -> Answer:
    sha = await call.repository.git.resolve(call.parameters["ref"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.parameters['ref']}")
    return list_runs(call, [run for run in call.repository.check_runs.values() if run.head_sha == sha])


def list_runs(call: Call, runs: list[CheckRun]) -> Answer:
    """Those that the query asks for, newest first; of runs with one name only the newest, unless `filter=all`."""
    query = call.query
    runs = sorted(runs, key=lambda run: run.id, reverse=True)
    if query.get("filter", "latest") == "latest":
        newest: dict[tuple[int, str], CheckRun] = {}
        for run in runs:
            newest.setdefault((run.app.id, run.name), run)
        runs = list(newest.values())
    if name := query.get("check_name"):
        runs = [run for run in runs if run.name == name]
    if status := query.get("status"):
        runs = [run for run in runs if run.status == status]
    if app_id := query.get("app_id"):
        runs = [run for run in runs if run.app.id == int(app_id)]
    window, headers = call.window(len(runs))
    shown = [run_shape(call.github.at, call.repository, run) for run in runs[window]]
    return Answer(200, {"total_count": len(runs), "check_runs": shown}, headers)


def _check_messages(asked: Mapping[str, Any]) -> None:
    """Raises 422 for an annotation that is longer than GitHub takes."""
    for annotation in (asked.get("output") or {}).get("annotations") or ():
        if len(annotation["message"].encode()) > MAX_ANNOTATION_MESSAGE_BYTES:
            raise _invalid("message", f"exceeds a maximum length of {MAX_ANNOTATION_MESSAGE_BYTES}")


def _apply(run: CheckRun, asked: Mapping[str, Any]) -> None:
    run.name = asked.get("name", run.name)
    run.external_id = asked.get("external_id", run.external_id)
    run.details_url = asked.get("details_url", run.details_url)
    run.status = asked.get("status", run.status)
    if asked.get("started_at"):
        run.started_at = parse_stamp(asked["started_at"])
    if asked.get("conclusion"):  # "Providing conclusion will automatically set the status parameter to completed"
        run.status, run.conclusion = "completed", asked["conclusion"]
        run.completed_at = parse_stamp(asked["completed_at"]) if asked.get("completed_at") else now()
    elif run.status != "completed":
        run.conclusion = run.completed_at = None
    elif run.conclusion is None:
        raise _invalid("conclusion", "is required when status is completed")
    if output := asked.get("output"):
        run.output.update({field: output[field] for field in ("title", "summary", "text") if field in output})
        run.annotations.extend(output.get("annotations") or ())  # each update adds to those that are there
    if "actions" in asked:
        run.actions = list(asked["actions"] or ())


def _app(call: Call) -> App:
    if call.via_app is None:
        raise forbidden("You must authenticate via a GitHub App.")
    return call.via_app


def _run(call: Call) -> CheckRun:
    found = call.repository.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise not_found()
    return found


def _annotation(call: Call, run: CheckRun, kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "path": kept["path"],
        "start_line": kept["start_line"],
        "end_line": kept["end_line"],
        "start_column": kept.get("start_column"),
        "end_column": kept.get("end_column"),
        "annotation_level": kept["annotation_level"],
        "title": kept.get("title"),
        "message": kept["message"],
        "raw_details": kept.get("raw_details"),
        "blob_href": f"{call.github.at.repository(call.repository)}/contents/{kept['path']}?ref={run.head_sha}",
    }


def _invalid(field: str, message: str) -> Exception:
    error = {"resource": "CheckRun", "code": "invalid", "field": field, "message": f"{field} {message}"}
    return Refused(422, "Invalid request.", errors=[error])
