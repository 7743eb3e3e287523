"""The agent has a part of its work done in another repository, by a job of its own there.

What it may is decided where commands are carried out (`github_app/commands/spawning.py`), with the rights of the person who
asked for this job; here it is written down, and what was decided is waited for.
"""

from __future__ import annotations

from github_app.domain.ask import By
from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.context import JobContext
from github_app.jobs.own_tools.tool import Call, OwnTool
from github_app.replies import spawning as texts
from state.children import MOST_OF_A_JOB

MAX_NAME_CHARACTERS = 150
# It takes half a dozen requests to GitHub; the agent need not wait for more.
DECIDED_SECONDS = 45.0


def may_have_children(context: JobContext) -> bool:
    """A job that changes something, in a repository that names others, and that a person has asked for just now: no agent, and
    no watch, which makes many jobs by what others say."""
    ask, changes = context.ask, context.job.recipe.startswith("change/")
    asked_for = ask.spawned is None and ask.origin.by is not By.WATCH
    return changes and asked_for and bool(context.repository_settings.spawn.into)


async def spawn(call: Call) -> str:
    repository = call.text("repository", most=MAX_NAME_CHARACTERS)
    task = call.text("task", most=texts.MAX_TASK_CHARACTERS)
    context = await call.context()
    if not may_have_children(context):
        raise Unclear("this job can't start one in another repository")
    names = list(context.repository_settings.spawn.into)
    if repository.casefold() not in map(str.casefold, names):
        raise Unclear(texts.not_asked_there(repository, names))
    children = context.services.children
    child = await children.ask(context.job.id, repository, task)
    if child is None:
        raise Unclear(texts.no_more(MOST_OF_A_JOB))
    child = await children.decided(child, seconds=DECIDED_SECONDS)
    if child.refusal is not None:
        raise Unclear(child.refusal)
    if child.issue is None or child.job_id is None:
        return "It was written down, and begins when GitHub can be asked. What comes of it is told in the thread."
    return (
        f"{texts.started(child.repository, child.issue)} It works on its own: don't wait for it. Its pull request is named "
        "in your thread when it is there, and what it spends counts on your budget."
    )


TOOL = OwnTool(
    name="spawn",
    description="Have work done in another repository that this work needs changed too: an agent there opens a pull request. "
    f"{MOST_OF_A_JOB} such pieces of work at most; you neither wait for them nor see them.",
    arguments={
        "repository": {"type": "string", "description": "owner/name, one of `spawn.into` in .github/harvest.yml"},
        "task": {
            "type": "string",
            "description": "All that the other agent has to know, its first line as a title: it sees nothing of your work",
        },
    },
    needed=("repository", "task"),
    changes=True,
    answer=spawn,
    offered=may_have_children,
)
