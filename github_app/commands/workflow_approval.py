"""Whether a request may touch workflow files, which run with the repository's secrets: where the default branch's settings
allow it, the App was granted it, and a person with the role maintain or admin says so themselves.
"""

from __future__ import annotations

from github_app.commands.authority import No, Terms, who_may_ask
from github_app.commands.job_options import ALLOW_WORKFLOWS
from github_app.commands.verb import Call
from github_app.github.maintainers import maintainers_of
from github_app.github.tokens import Purpose
from github_app.replies import refusals
from github_app.settings.repository import RepositorySettings


async def why_no_workflows(call: Call, own: RepositorySettings) -> str:
    """A sentence on why the option can't be had, empty when it can or nobody asked for it. Raises `Passing`."""
    services, ask = call.services, call.ask
    if ALLOW_WORKFLOWS.name not in ask.command.options:
        return ""
    if not own.allow_workflows:
        return refusals.workflows_not_by_settings()
    if missing := await services.tokens.missing(ask.target.installation_id, Purpose.PUSH_WORKFLOWS):
        return refusals.workflows_not_granted(missing)
    thread = await call.thread()
    answer = await who_may_ask(services.roles, thread.token, thread.repository, ask.actor, Terms("maintain"), call.job_id)
    if isinstance(answer, No) or ask.actor.type != "User":
        who_can = await maintainers_of(services.github, thread.token, thread.repository, call.job_id)
        return refusals.workflows_not_by_them(ask.actor.login, who_can, call.word)
    return ""
