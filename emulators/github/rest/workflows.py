"""Workflows of a repository, and whether it runs any. https://docs.github.com/rest/actions/workflows"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.errors import not_found
from emulators.github.model.actions import Workflow
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.rest.workflow_runs import runs_page
from emulators.github.shapes.actions import workflow_shape

_ACTIONS = "/repos/{owner}/{repo}/actions"


@route(f"GET {_ACTIONS}/workflows", read("actions"))
async def list_workflows(call: Call) -> Answer:
    """Those that have run."""
    found = list(call.repository.actions.workflows.values())
    window, headers = call.window(len(found))
    shown = [workflow_shape(call.github.at, call.repository, one) for one in found[window]]
    return Answer(200, {"total_count": len(found), "workflows": shown}, headers)


@route(f"GET {_ACTIONS}/workflows/{{workflow_id}}", read("actions"))
async def get_workflow(call: Call) -> Answer:
    return Answer(200, workflow_shape(call.github.at, call.repository, _workflow(call)))


@route(f"GET {_ACTIONS}/workflows/{{workflow_id}}/runs", read("actions"))
async def list_runs_of_workflow(call: Call) -> Answer:
    workflow = _workflow(call)
    return runs_page(call, [run for run in call.repository.actions.runs.values() if run.workflow is workflow])


@route(f"GET {_ACTIONS}/permissions", read("administration"))
async def get_permissions(call: Call) -> Answer:
    enabled = call.repository.actions.enabled
    return Answer(200, {"enabled": enabled, **({"allowed_actions": "all"} if enabled else {})})


@route(f"PUT {_ACTIONS}/permissions", write("administration", role="admin"))
async def set_permissions(call: Call) -> Answer:
    """https://docs.github.com/rest/actions/permissions#set-github-actions-permissions-for-a-repository"""
    call.repository.actions.enabled = bool(call.body["enabled"])
    return Answer(204)


def _workflow(call: Call) -> Workflow:
    """By its id or its file's name: "You can replace `workflow_id` with the workflow file name"."""
    wanted = call.parameters["workflow_id"]
    for one in call.repository.actions.workflows.values():
        if wanted in (str(one.id), one.path.rpartition("/")[2]):
            return one
    raise not_found()
