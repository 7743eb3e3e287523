"""publish: what the last request here made, and was refused or came to no end, is published as it stands, without an agent."""

from __future__ import annotations

from github_app.commands.job_options import ALLOW_WORKFLOWS, DRAFT, READY
from github_app.commands.verb import Form, Verb

VERB = Verb(
    name="publish",
    forms=(Form("publish", "publishes what is kept of the last request here, as it is and without an agent"),),
    recipe="publish/1",
    options=(DRAFT, READY, ALLOW_WORKFLOWS),
)
