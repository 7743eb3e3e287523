"""settings: what holds for requests in this repository, and where that is set."""

from __future__ import annotations

from github_app.commands.verb import Call, Form, Verb
from github_app.replies.settings import settings_text
from github_app.settings.narrowing import narrow
from github_app.settings.repository import RepositorySettings


async def answer_with_the_settings(call: Call) -> str:
    """As the default branch has them: what limits a job counts from there."""
    services, target = call.services, call.ask.target
    read = await call.settings_on(target.repository.default_branch)
    own = read.settings or RepositorySettings()
    narrowed = narrow(services.settings, services.egress, own)
    has_file = read.settings is not None or bool(read.problem)
    await call.say(settings_text(has_file, read.problem, own, narrowed, services.settings, target.repository))
    return "answered with the settings"


VERB = Verb(
    name="settings",
    forms=(Form("settings", "answers what holds for requests in this repository"),),
    permission="ask",
    carry_out=answer_with_the_settings,
)
