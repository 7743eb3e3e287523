"""Finds the recipes by their files, and a job's among them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from github_app.jobs import recipes
from github_app.jobs.recipe import Recipe
from state.jobs import Job


@cache
def all_recipes() -> dict[str, Recipe]:
    """Every version that a job in flight may have, by its key (`change/1`)."""
    modules = (import_module(f"{recipes.__name__}.{module.name}") for module in iter_modules(recipes.__path__))
    found: list[Recipe] = [module.RECIPE for module in modules]
    return {recipe.key: recipe for recipe in found}


def recipe_of(job: Job) -> Recipe:
    """The recipe that this job runs through. Raises LookupError for one that this Harvest doesn't know."""
    recipe = all_recipes().get(job.recipe)
    if recipe is None:
        raise LookupError(f"job {job.id} is of the recipe {job.recipe!r}, which this Harvest does not know")
    return recipe
