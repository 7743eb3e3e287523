"""Finds the recipes by their files, and a job's among them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from github_app.jobs import recipes
from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.steps.release_sandbox import release_sandbox
from github_app.jobs.steps.report import report
from state.jobs import Job

# How a job ends whose recipe nobody knows.
CLOSING = (Step("report", report), Step("release_sandbox", release_sandbox))


class UnknownRecipe(LookupError):
    """A job is of a recipe that this Harvest doesn't know: another version began it."""


@cache
def all_recipes() -> dict[str, Recipe]:
    """Every version that a job in flight may have, by its key (`change/1`)."""
    modules = (import_module(f"{recipes.__name__}.{module.name}") for module in iter_modules(recipes.__path__))
    found: list[Recipe] = [module.RECIPE for module in modules]
    return {recipe.key: recipe for recipe in found}


def recipe_of(job: Job) -> Recipe:
    """The recipe that this job runs through. Raises UnknownRecipe."""
    recipe = all_recipes().get(job.recipe)
    if recipe is None:
        raise UnknownRecipe(f"job {job.id} is of the recipe {job.recipe!r}, which this Harvest does not know")
    return recipe


def closing_of(job: Job) -> tuple[Step, ...]:
    """What is done however the job ends, also when nobody knows its recipe."""
    recipe = all_recipes().get(job.recipe)
    return CLOSING if recipe is None else recipe.closing
