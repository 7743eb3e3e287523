"""Artifacts that workflow runs have left. https://docs.github.com/rest/actions/artifacts"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.errors import Refused, not_found
from emulators.github.model.actions import Artifact, WorkflowRun
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.rest.workflow_runs import run_of
from emulators.github.shapes.actions import artifact_shape

_ACTIONS = "/repos/{owner}/{repo}/actions"


@route(f"GET {_ACTIONS}/artifacts", read("actions"))
async def list_artifacts(call: Call) -> Answer:
    return _page(call, _all(call)[::-1])


@route(f"GET {_ACTIONS}/runs/{{run_id}}/artifacts", read("actions"))
async def list_artifacts_of_run(call: Call) -> Answer:
    run = run_of(call)
    found = [(run, one) for one in run.artifacts]
    return _page(call, found if call.query.get("direction") == "asc" else found[::-1])


@route(f"GET {_ACTIONS}/artifacts/{{artifact_id}}", read("actions"))
async def get_artifact(call: Call) -> Answer:
    return Answer(200, artifact_shape(call.github.at, call.repository, *_artifact(call)))


@route(f"GET {_ACTIONS}/artifacts/{{artifact_id}}/{{archive_format}}", read("actions"))
async def download_artifact(call: Call) -> Answer:
    """302 to the zip, at a link that works for a minute."""
    _, artifact = _artifact(call)
    if call.parameters["archive_format"] != "zip":
        raise Refused(415, "archive_format must be zip")
    path = call.github.downloads.offer(artifact.content, "application/zip", f"{artifact.name}.zip")
    return Answer(302, None, {"location": f"{call.github.at.html}{path}"})


@route(f"DELETE {_ACTIONS}/artifacts/{{artifact_id}}", write("actions", role="write"))
async def delete_artifact(call: Call) -> Answer:
    run, artifact = _artifact(call)
    run.artifacts.remove(artifact)
    return Answer(204)


def _page(call: Call, found: list[tuple[WorkflowRun, Artifact]]) -> Answer:
    if name := call.query.get("name"):
        found = [pair for pair in found if pair[1].name == name]
    window, headers = call.window(len(found))
    shown = [artifact_shape(call.github.at, call.repository, run, one) for run, one in found[window]]
    return Answer(200, {"total_count": len(found), "artifacts": shown}, headers)


def _all(call: Call) -> list[tuple[WorkflowRun, Artifact]]:
    return [(run, one) for run in call.repository.actions.runs.values() for one in run.artifacts]


def _artifact(call: Call) -> tuple[WorkflowRun, Artifact]:
    for run, one in _all(call):
        if one.id == call.number("artifact_id"):
            return run, one
    raise not_found()
