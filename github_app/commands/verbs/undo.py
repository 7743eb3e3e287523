"""undo: Harvest's last push here is taken back by a commit; said again, the one before it."""

from __future__ import annotations

from github_app.commands.job_options import ALLOW_WORKFLOWS
from github_app.commands.verb import Form, Verb

VERB = Verb(
    name="undo",
    forms=(Form("undo", "takes its last push here back, by one more commit"),),
    recipe="undo/1",
    options=(ALLOW_WORKFLOWS,),
)
