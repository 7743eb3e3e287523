"""fix-ci: the failing checks of a pull request, with what they said, are the request."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.job_options import ALLOW_WORKFLOWS, BUDGET, MODEL
from github_app.commands.queueing import pull_head, queue
from github_app.commands.verb import ON_PULLS, Call, Form, Verb
from github_app.domain.ask import Command
from github_app.github.failing_checks import Checks, as_text, checks_on
from github_app.github.failures import Refused
from github_app.github.tokens import Purpose
from github_app.replies import wording

RECIPE = "change/1"


async def fix_ci(call: Call) -> str:
    """The checks count as they are on the head now; a later one is another request."""
    thread = await call.thread()
    head = await pull_head(thread)
    if not isinstance(head, str):
        try:
            checks = await read_checks(call, head.sha)
        except Refused as problem:
            await call.say(wording.checks_not_read(problem.reason))
            return f"the checks can't be read: {problem}"
        if not checks.failing:
            await call.say(wording.no_check_fails(head.sha, checks.unfinished))
            return "no check fails"
        command = Command("do", wording.fix_the_checks(len(checks.failing)), call.ask.command.options)
        material = "\n\n".join(filter(None, [call.ask.material, as_text(checks.failing)]))
        call = replace(call, ask=msgspec.structs.replace(call.ask, command=command, material=material))
    return await queue(call, RECIPE, "fix-ci")  # which says why nothing can be done there, if so


async def read_checks(call: Call, sha: str) -> Checks:
    services, target = call.services, call.ask.target
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.CHECKS)
    return await checks_on(services.github, token.value, target.repository.full_name, sha, but_of_app=services.app_id)


VERB = Verb(
    name="fix-ci",
    forms=(Form("fix-ci", "reads the failing checks with their annotations and logs, and fixes what they say", ON_PULLS),),
    carry_out=fix_ci,
    options=(MODEL, BUDGET, ALLOW_WORKFLOWS),
)
