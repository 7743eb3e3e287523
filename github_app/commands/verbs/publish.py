"""publish: what the last request here made and could not be published is published as it stands, without an agent."""

from __future__ import annotations

from github_app.commands.job_options import ALLOW_WORKFLOWS, DRAFT, READY
from github_app.commands.verb import Form, Verb

VERB = Verb(
    name="publish",
    forms=(Form("publish", "publishes what was kept of the last request here that was refused"),),
    recipe="publish/1",
    options=(DRAFT, READY, ALLOW_WORKFLOWS),
)
