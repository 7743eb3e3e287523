"""do: the work itself. It needs no verb, and the label on an issue says the same."""

from __future__ import annotations

from github_app.commands.job_options import ALLOW_WORKFLOWS, BASE, BUDGET, DRAFT, MODEL, READY
from github_app.commands.verb import ON_ISSUES, Form, Verb

VERB = Verb(
    name="do",
    forms=(
        Form("", "does what the issue says", places=ON_ISSUES),
        Form("…", "does what you write, in the same session: same branch, same conversation"),
    ),
    recipe="change/1",
    without_text="Tell me what to do with this pull request",
    example="fix the failing test",
    options=(MODEL, BASE, DRAFT, READY, BUDGET, ALLOW_WORKFLOWS),
)
