"""resolve/1: the open review threads of a pull request are worked through. What is right becomes a commit, and each thread
gets a reply; those that the commit settles are resolved."""

from __future__ import annotations

from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.acknowledge import acknowledge
from github_app.jobs.steps.answer_threads import answer_threads
from github_app.jobs.steps.choose_branch import choose_branch
from github_app.jobs.steps.collect import collect
from github_app.jobs.steps.compose_prompt import compose_threads
from github_app.jobs.steps.keep_half_done import keep_half_done
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.jobs.steps.prepare_workspace import prepare_workspace
from github_app.jobs.steps.push import push
from github_app.jobs.steps.read_verdicts import read_verdicts
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report
from github_app.jobs.steps.run_agent import run_agent
from github_app.jobs.steps.show_pull_request import show_pull_request
from github_app.jobs.steps.vet import vet

RECIPE = Recipe(
    name="resolve",
    version=1,
    opening=(
        Step("acknowledge", acknowledge),
        Step("choose_branch", choose_branch),
    ),
    in_sandbox=(
        Step("open_sandbox", open_sandbox),
        Step("prepare_workspace", prepare_workspace),
        Step("compose_prompt", compose_threads),
        Step("run_agent", run_agent),
        # Before what may end the job: where nothing was to be changed, the threads are answered all the same.
        Step("read_verdicts", read_verdicts),
        Step("collect", collect),
        Step("vet", vet),
        Step("push", push),
        Step("show_pull_request", show_pull_request),
    ),
    closing=(
        Step("keep_half_done", keep_half_done),
        Step("answer_threads", answer_threads),
        Step("report", report),
        Step("release_sandbox", release_sandbox),
    ),
)
