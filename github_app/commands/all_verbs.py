"""Finds the verbs by their files, and what is said of them: the phrases that a comment may begin with."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from github_app.commands import verbs
from github_app.commands.parser import Phrase
from github_app.commands.verb import Verb
from github_app.domain.ask import Command


@cache
def all_verbs() -> dict[str, Verb]:
    """Every verb by its name, in the order of their files."""
    modules = (import_module(f"{verbs.__name__}.{module.name}") for module in iter_modules(verbs.__path__))
    found: list[Verb] = [module.VERB for module in modules]
    return {verb.name: verb for verb in found}


@cache
def all_phrases() -> tuple[Phrase, ...]:
    """What a comment can say after the command word, from the verbs' forms."""
    return tuple(
        Phrase(form.words, verb.name, form.words.removeprefix(verb.name).strip(), takes_text=form.takes_text)
        for verb in all_verbs().values()
        for form in verb.forms
        if form.words
    )


def is_urgent(command: Command) -> bool:
    """Whether it goes ahead of what came before it in its thread."""
    return all_verbs()[command.verb].urgent and not command.written
