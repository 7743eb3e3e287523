"""The keys by which people name issues of another tracker, as in ENG-123. Pure.

A key counts where its team is one that the operator has named. So neither UTF-8 nor CVE-2026-1 is taken for one, and nobody
reads an issue of another team by naming it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from github_app.domain.ask import Ask
from github_app.text.hostile import clean

# Each is a few requests to the tracker, and some thousand characters in the prompt.
MOST_BROUGHT_IN = 3
# Of a text: what is longer is no request that somebody wrote.
MAX_CHARACTERS = 100_000


def keys_named(ask: Ask, teams: Sequence[str]) -> list[str]:
    """The keys that a request names, the likeliest first: what was said, the thread's title, its branch; and the thread's text
    where nothing else was said than to do what that says."""
    target, said = ask.target, ask.command.text
    texts = [said, target.title, *([] if said.strip() else [target.body])]
    found = [key for text in texts for key in keys_in(text, teams)]
    if target.pull is not None:
        found += keys_in_branch(target.pull.branch, teams)
    return list(dict.fromkeys(found))


def keys_in(text: str, teams: Sequence[str]) -> list[str]:
    """Those that a reader of the text sees, in capitals as their tracker writes them, each once."""
    return _found(_in_words(tuple(teams)), clean(text[:MAX_CHARACTERS]))


def keys_in_branch(branch: str, teams: Sequence[str]) -> list[str]:
    """Those in a branch's name, which trackers write small: `ada/eng-123-round-half-up`."""
    return _found(_in_branches(tuple(teams)), branch)


def _found(pattern: re.Pattern[str] | None, text: str) -> list[str]:
    return list(dict.fromkeys(found[0].upper() for found in pattern.finditer(text))) if pattern is not None else []


@lru_cache(maxsize=64)
def _in_words(teams: tuple[str, ...]) -> re.Pattern[str] | None:
    """A key alone: not the end of a longer word (PRE-ENG-1), nor the beginning of one, or of a version (ENG-1.2)."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(teams)})-[1-9][0-9]{{0,6}}(?!\w|\.\d|-\d)") if teams else None


@lru_cache(maxsize=64)
def _in_branches(teams: tuple[str, ...]) -> re.Pattern[str] | None:
    whole = rf"(?<![A-Za-z0-9])(?:{'|'.join(teams)})-[1-9][0-9]{{0,6}}(?![A-Za-z0-9])"
    return re.compile(whole, re.ASCII | re.IGNORECASE) if teams else None
