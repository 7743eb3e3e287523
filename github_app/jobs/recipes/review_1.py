"""review/1: a pull request is read whole, and gets one review submission. The agent works in the CLI's plan mode with a token
that can only read, and no step could bring anything out of its sandbox but its words."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge
from github_app.jobs.steps.choose_branch import choose_branch_to_review
from github_app.jobs.steps.compose_prompt import compose_request_for_a_review
from github_app.jobs.steps.mend_review import mend_review
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.jobs.steps.prepare_workspace import prepare_workspace_of_a_reviewer
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report_review
from github_app.jobs.steps.run_agent import run_reviewer
from github_app.jobs.steps.submit_review import submit_review

RECIPE = Recipe(
    name="review",
    version=1,
    opening=(
        Step("acknowledge", acknowledge),
        Step("choose_branch", choose_branch_to_review),
    ),
    in_sandbox=(
        Step("open_sandbox", open_sandbox),
        Step("prepare_workspace", prepare_workspace_of_a_reviewer),
        Step("compose_prompt", compose_request_for_a_review),
        Step("run_agent", run_reviewer),
        Step("mend_review", mend_review),
        Step("submit_review", submit_review),
    ),
    closing=(
        Step("report", report_review),
        Step("release_sandbox", release_sandbox),
    ),
)
