"""What is durable about recipes: ids that a job in flight is known by. A change here breaks jobs that an upgrade finds."""

from __future__ import annotations

import typing

import pytest

from github_app.jobs.all_recipes import all_recipes
from github_app.jobs.lost_sandbox import LOSE_SANDBOX
from github_app.jobs.recipe import Recipe
from github_app.jobs.results import RESULT_OF
from github_app.jobs.runner import GIVE_UP
from state.dbos_setup import APPLICATION_VERSION
from state.workflows import WORKFLOW

# Never edit a line of these. A recipe whose steps change becomes a new version, which is a new line.
DURABLE = {
    "answer/1": "acknowledge choose_branch | open_sandbox prepare_workspace compose_prompt run_agent | report release_sandbox",
    "auto/1": "acknowledge weigh_plan choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent collect vet push show_pull_request "
    "| keep_half_done report release_sandbox",
    "change/1": "acknowledge choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent collect vet push show_pull_request "
    "| keep_half_done report release_sandbox",
    "publish/1": "acknowledge choose_branch find_kept_work bring_kept_work vet push show_pull_request "
    "|  | report release_sandbox",
    "rebase/1": "acknowledge choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent collect vet push show_pull_request "
    "| report release_sandbox",
    "rebase/2": "acknowledge choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent collect vet push show_pull_request "
    "| keep_half_done report release_sandbox",
    "resolve/1": "acknowledge choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent read_verdicts collect vet push show_pull_request "
    "| keep_half_done answer_threads report release_sandbox",
    "undo/1": "acknowledge choose_branch find_last_push take_back vet push show_pull_request |  | report release_sandbox",
    "plan/1": "acknowledge choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent "
    "review_plan replan review_plan_again replan_again review_plan_last post_plan "
    "| report release_sandbox",
    "review/1": "acknowledge choose_branch "
    "| open_sandbox prepare_workspace compose_prompt run_agent mend_review submit_review "
    "| report release_sandbox",
}
RECIPES = list(all_recipes().values())


def test_every_version_of_every_recipe_has_the_steps_that_it_always_had() -> None:
    parts = {recipe.key: (recipe.opening, recipe.in_sandbox, recipe.closing) for recipe in RECIPES}
    assert {key: " | ".join(" ".join(step.id for step in part) for part in of) for key, of in parts.items()} == DURABLE


def test_what_stands_in_rows_beside_them_is_called_what_it_always_was() -> None:
    assert (LOSE_SANDBOX, GIVE_UP, WORKFLOW, APPLICATION_VERSION) == ("lose_sandbox", "give_up", "job", "1")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.key)
def test_each_step_gives_what_its_id_stands_for(recipe: Recipe) -> None:
    gives = {step.id: typing.get_type_hints(step.run)["return"] for step in recipe.steps}
    assert gives == {step_id: RESULT_OF.get(step_id) for step_id in gives}
    assert len(gives) == len(list(recipe.steps)), "an id stands for one step"
