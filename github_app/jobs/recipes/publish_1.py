"""publish/1: refused work that was kept is vetted and pushed, as whoever asks now may have it. No agent works, and no sandbox
is opened."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge_first
from github_app.jobs.steps.find_kept_work import bring_kept_work, choose_branch_of_kept_work, find_kept_work
from github_app.jobs.steps.push import push
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report
from github_app.jobs.steps.show_pull_request import show_pull_request
from github_app.jobs.steps.vet import vet

RECIPE = Recipe(
    name="publish",
    version=1,
    opening=(
        Step("acknowledge", acknowledge_first),
        Step("choose_branch", choose_branch_of_kept_work),
        Step("find_kept_work", find_kept_work),
        Step("bring_kept_work", bring_kept_work),
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
