"""The pull request that shows a plan, once the plan is approved: it is closed without being merged, and its branch is deleted.
GitHub keeps what was said there, and its commits.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import structlog

from github_app.commands.verb import Call
from github_app.github.failures import Refused
from github_app.github.tokens import Purpose
from github_app.jobs.plans import PostedPlan
from github_app.replies import plan_wording

log = structlog.get_logger()


async def close_what_showed(call: Call, approved: PostedPlan) -> None:
    """The work goes on also where GitHub refuses that. Raises Passing."""
    plan, target, services = approved.plan, call.ask.target, call.services
    thread = replace(await call.thread(), number=plan.pull, inline=0)
    try:
        marker = f"<!-- harvest:approved:{approved.job.id} -->"
        await thread.say_once(marker, plan_wording.approved(plan.version, target.thread))
        await thread.request("PATCH", f"/pulls/{plan.pull}", {"state": "closed"})
        token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.PUSH)
        branch = f"/git/refs/heads/{quote(plan.pull_branch, safe='/')}"
        await replace(thread, token=token.value).request("DELETE", branch)
    except Refused as problem:
        if problem.status not in (404, 422):  # somebody has deleted the branch
            log.warning("the pull request that showed a plan stays", error=str(problem))
