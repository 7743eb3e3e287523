"""fix-ci: the failing checks of a pull request, with what they said, are the request."""

from __future__ import annotations

from github_app.commands.fixing import CHORE, RECIPE, checks_of, failing_of, queue_fix
from github_app.commands.job_options import ALLOW_WORKFLOWS, BUDGET, MODEL
from github_app.commands.queueing import on_head, pull_head, queue
from github_app.commands.verb import ON_PULLS, Call, Form, Verb
from github_app.github.failures import Refused
from github_app.replies import command_answers, refusals
from github_app.settings.repository import RepositorySettings


async def fix_ci(call: Call) -> str:
    """The checks count as they are on the head now; a later one is another request."""
    own = (await call.settings_on(call.ask.target.repository.default_branch)).settings or RepositorySettings()
    if not own.fix_ci.allow:
        await call.say(refusals.not_allowed_here("fix_ci.allow"))
        return "refused: failing checks are not fixed in this repository"
    head = await pull_head(await call.thread())
    if isinstance(head, str):
        return await queue(call, RECIPE, CHORE)  # which says why nothing can be done there
    try:
        checks = await checks_of(call, head.sha, own.fix_ci)
        failing = await failing_of(call, checks)
    except Refused as problem:
        await call.say(command_answers.checks_not_read(problem.reason))
        return f"the checks can't be read: {problem}"
    if not failing:
        await call.say(command_answers.no_check_fails(head.sha, checks.unfinished))
        return "no check fails"
    return await queue_fix(on_head(call, head), failing)


VERB = Verb(
    name="fix-ci",
    forms=(Form("fix-ci", "reads the failing checks with their annotations and logs, and fixes what they say", ON_PULLS),),
    carry_out=fix_ci,
    options=(MODEL, BUDGET, ALLOW_WORKFLOWS),
)
