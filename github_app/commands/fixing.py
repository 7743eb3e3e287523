"""The failing checks of a pull request become a request: what they say, and that it is to be mended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec

from github_app.commands.queueing import queue
from github_app.commands.verb import Call
from github_app.domain.ask import Command
from github_app.github.failing_checks import Checks, FailingCheck, as_text, checks_on, read_failing
from github_app.github.tokens import Purpose
from github_app.replies import wording
from github_app.settings.repository import FixCi
from state.findings import Chore

RECIPE = "change/1"
CHORE: Chore = "fix-ci"


async def checks_of(call: Call, sha: str, own: FixCi) -> Checks:
    """Those on that commit that count in this repository. Raises Passing, Refused."""
    services, target = call.services, call.ask.target
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.CHECKS)
    return await checks_on(
        services.github,
        token.value,
        target.repository.full_name,
        sha,
        but_of_app=services.app_id,
        ignored=own.ignore,
    )


async def failing_of(call: Call, checks: Checks) -> tuple[FailingCheck, ...]:
    """What those say that fail. Raises Passing, Refused."""
    services, target = call.services, call.ask.target
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.CHECKS)
    return await read_failing(services.github, token.value, target.repository.full_name, checks)


async def queue_fix(call: Call, failing: Sequence[FailingCheck], findings: Collection[str] = ()) -> str:
    """Queue a job that mends them, which were found under these names if nobody asked; gives a note for the log."""
    command = Command("do", wording.fix_the_checks(len(failing)), call.ask.command.options)
    material = "\n\n".join(filter(None, [call.ask.material, as_text(failing)]))
    call = replace(call, ask=msgspec.structs.replace(call.ask, command=command, material=material))
    return await queue(call, RECIPE, CHORE, findings)
