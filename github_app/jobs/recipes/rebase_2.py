"""rebase/2: the branch's own commits are put on top of its base branch. What others push is never overwritten: there is one
push, with a lease on what the branch was when the job began. What may not be published is kept for people."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge
from github_app.jobs.steps.choose_branch import choose_branch_to_rebase
from github_app.jobs.steps.collect import collect
from github_app.jobs.steps.compose_prompt import compose_rebase
from github_app.jobs.steps.keep_half_done import keep_half_done
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.jobs.steps.prepare_workspace import prepare_workspace
from github_app.jobs.steps.push import push
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report
from github_app.jobs.steps.run_agent import run_agent
from github_app.jobs.steps.show_pull_request import show_pull_request
from github_app.jobs.steps.vet import vet

RECIPE = Recipe(
    name="rebase",
    version=2,
    opening=(
        Step("acknowledge", acknowledge),
        Step("choose_branch", choose_branch_to_rebase),
    ),
    in_sandbox=(
        Step("open_sandbox", open_sandbox),
        Step("prepare_workspace", prepare_workspace),
        Step("compose_prompt", compose_rebase),
        Step("run_agent", run_agent),
        Step("collect", collect),
        Step("vet", vet),
        Step("push", push),
        Step("show_pull_request", show_pull_request),
    ),
    closing=(
        Step("keep_half_done", keep_half_done),
        Step("report", report),
        Step("release_sandbox", release_sandbox),
    ),
)
