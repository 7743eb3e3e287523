"""The agent says in a line where it is. It stands in the comment and the check run while it works.

It is read out of the agent's own events, as all that it does is (`github_app/domain/progress.py`), and kept nowhere else.
"""

from __future__ import annotations

from github_app.jobs.own_tools.tool import Call, OwnTool

MAX_CHARACTERS = 200


async def report_progress(call: Call) -> str:
    call.text("doing", most=MAX_CHARACTERS)
    return "The people who watch see it."


TOOL = OwnTool(
    name="report_progress",
    description="Tell the people who watch in a line what you are at and what comes next: for each new part of the work, "
    "not for each command.",
    arguments={"doing": {"type": "string", "description": "One line, without markup"}},
    needed=("doing",),
    changes=False,
    answer=report_progress,
)
