"""plan/1: research and a plan, reviewed by a second model, and posted for somebody to approve. The agent works in the CLI's
plan mode with a token that can only read, and no step could bring anything out of its sandbox but its words."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge
from github_app.jobs.steps.choose_branch import choose_branch_to_read
from github_app.jobs.steps.compose_prompt import compose_request_for_a_plan
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.jobs.steps.post_plan import post_plan
from github_app.jobs.steps.prepare_workspace import prepare_workspace_of_a_planner
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.replan import replan
from github_app.jobs.steps.report import report
from github_app.jobs.steps.review_plan import review_plan
from github_app.jobs.steps.run_agent import run_planner

RECIPE = Recipe(
    name="plan",
    version=1,
    opening=(
        Step("acknowledge", acknowledge),
        Step("choose_branch", choose_branch_to_read),
    ),
    in_sandbox=(
        Step("open_sandbox", open_sandbox),
        Step("prepare_workspace", prepare_workspace_of_a_planner),
        Step("compose_prompt", compose_request_for_a_plan),
        Step("run_agent", run_planner),
        # Blockers go back to the planner at most twice.
        Step("review_plan", review_plan),
        Step("replan", replan),
        Step("review_plan_again", review_plan),
        Step("replan_again", replan),
        Step("review_plan_last", review_plan),
        Step("post_plan", post_plan),
    ),
    closing=(
        Step("report", report),
        Step("release_sandbox", release_sandbox),
    ),
)
