"""Going on with a request that was broken off: it is asked for once more as it was, by whoever goes on with it. Pure."""

from __future__ import annotations

import msgspec

from github_app.commands.job_options import DRAFT, READY
from github_app.domain.ask import Ask
from github_app.replies import wording
from state.jobs import Job
from state.sessions import Session


def going_on_with(job: Job, asked: Ask, session: Session) -> Ask:
    """What that job was asked, with what was told it then: an approved plan, review threads. `asked` says who goes on with it,
    where, and with which other options."""
    before = Ask.from_json(job.ask)
    options = {**before.command.options, **asked.command.options}
    if session.pull_number is not None:  # by now it is open, as a draft or not
        options = {name: value for name, value in options.items() if name not in (DRAFT.name, READY.name)}
    command = msgspec.structs.replace(before.command, options=options)
    if not command.text and before.target.place == "issue" and asked.target.place == "pull":
        command = msgspec.structs.replace(command, text=wording.what_the_issue_says(before.target.thread))
    return msgspec.structs.replace(
        asked,
        command=command,
        material=before.material,
        plan_job=before.plan_job,
        threads=before.threads,
        resumes=job.id,
        spawned=before.spawned,
    )
