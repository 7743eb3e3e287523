"""answer/1: a question gets an answer in the thread. Nothing is collected, so nothing can be published."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge
from github_app.jobs.steps.choose_branch import choose_branch_to_read
from github_app.jobs.steps.compose_prompt import compose_question
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.jobs.steps.prepare_workspace import prepare_workspace
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report_answer
from github_app.jobs.steps.run_agent import run_agent

RECIPE = Recipe(
    name="answer",
    version=1,
    opening=(
        Step("acknowledge", acknowledge),
        Step("choose_branch", choose_branch_to_read),
    ),
    in_sandbox=(
        Step("open_sandbox", open_sandbox),
        Step("prepare_workspace", prepare_workspace),
        Step("compose_prompt", compose_question),
        Step("run_agent", run_agent),
    ),
    closing=(
        Step("report", report_answer),
        Step("release_sandbox", release_sandbox),
    ),
)
