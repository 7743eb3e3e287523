"""Finds the verbs by their files, and what is said of them: the grammar of a comment."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from github_app.commands import verbs
from github_app.commands.parser import Grammar, Phrase
from github_app.commands.verb import Verb
from github_app.domain.ask import Ask


@cache
def all_verbs() -> dict[str, Verb]:
    """Every verb by its name, in the order of their files."""
    modules = (import_module(f"{verbs.__name__}.{module.name}") for module in iter_modules(verbs.__path__))
    found: list[Verb] = [module.VERB for module in modules]
    return {verb.name: verb for verb in found}


@cache
def grammar(*words: str) -> Grammar:
    """What a comment can say that begins with one of these words, from the verbs' forms and options."""
    verbs = all_verbs().values()
    phrases = [
        Phrase(form.words, verb.name, form.words.removeprefix(verb.name).strip(), takes_text=form.takes_text)
        for verb in verbs
        for form in verb.forms
        if form.words
    ]
    # "queue drop 2" is no "queue" with a text.
    phrases.sort(key=lambda phrase: -len(phrase.words.split()))
    return Grammar(words, tuple(phrases), {verb.name: verb.options for verb in verbs})


def is_urgent(ask: Ask) -> bool:
    """Whether it goes ahead of what came before it in its thread."""
    return any(all_verbs()[command.verb].urgent and command.unclear is None for command in ask.commands)
