"""The agent searches what was kept of earlier work and approved, on this repository and for all of its installation."""

from __future__ import annotations

from github_app.gateway.tools.arguments import Unclear
from github_app.github.failures import GitHubProblem
from github_app.jobs.agent.remembered import line_of
from github_app.jobs.memory import recall as search
from github_app.jobs.own_tools.tool import Call, OwnTool

MAX_QUERY_CHARACTERS = 300


async def recall(call: Call) -> str:
    query = call.text("query", most=MAX_QUERY_CHARACTERS)
    context = await call.context()
    if not context.repository_settings.memory:
        raise Unclear("nothing is kept in this repository: its settings say `memory: false`")
    try:
        found = await search(context, query)
    except GitHubProblem as problem:
        raise Unclear(f"GitHub can't be asked about this repository just now ({problem.reason}); try again later") from problem
    if not found:
        return "Nothing that was kept has any of these words."
    return "\n".join(line_of(entry, context.session.repository_id) for entry in found)


TOOL = OwnTool(
    name="recall",
    description="Search what was kept of earlier work on this repository, by words: facts, directives and lessons that "
    "people here approved, with where each is from.",
    arguments={"query": {"type": "string", "description": "A few telling words"}},
    needed=("query",),
    changes=False,
    answer=recall,
)
