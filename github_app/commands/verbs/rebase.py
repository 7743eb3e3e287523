"""rebase: Harvest's own commits are put on top of the base branch as it is now; the agent solves conflicts."""

from __future__ import annotations

from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.verb import Form, Verb

VERB = Verb(
    name="rebase",
    forms=(Form("rebase", "puts its commits on top of the base branch as it is now, and solves conflicts"),),
    recipe="rebase/2",
    options=(MODEL, BUDGET),
    chore="rebase",
)
