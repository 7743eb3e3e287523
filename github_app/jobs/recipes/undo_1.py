"""undo/1: the session's last push is taken back by one commit, through the same vetting and the same push as an agent's work.
No agent works, and no sandbox is opened."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge_first
from github_app.jobs.steps.find_last_push import choose_branch_of_the_last_push, find_last_push
from github_app.jobs.steps.push import push
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report
from github_app.jobs.steps.show_pull_request import show_pull_request
from github_app.jobs.steps.take_back import take_back
from github_app.jobs.steps.vet import vet

RECIPE = Recipe(
    name="undo",
    version=1,
    opening=(
        Step("acknowledge", acknowledge_first),
        Step("choose_branch", choose_branch_of_the_last_push),
        Step("find_last_push", find_last_push),
        Step("take_back", take_back),
        Step("vet", vet),
        Step("push", push),
        Step("show_pull_request", show_pull_request),
    ),
    in_sandbox=(),
    closing=(
        Step("report", report),
        Step("release_sandbox", release_sandbox),
    ),
)
