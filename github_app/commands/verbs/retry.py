"""retry: the same once more, on the pull request's head as it is now. Said by a button or a re-run, not in a comment."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.verb import Call, Verb
from github_app.domain.ask import Ask


async def retry(call: Call) -> str:
    job = await call.services.jobs.get(call.ask.origin.job_id)
    if job.state != "ended":
        return f"job {job.id} is still at work"
    again = msgspec.structs.replace(call.ask, command=Ask.from_json(job.ask).command)
    return await call.carry_out(replace(call, ask=again))


VERB = Verb(name="retry", forms=(), carry_out=retry)
