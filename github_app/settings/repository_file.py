"""Reading the settings of a repository, and saying in people's words what is wrong with them. Pure.

A file that can't be used as a whole is not used at all: half of somebody's settings are nobody's settings.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from github_app.settings.plain_yaml import NotPlain, read_yaml
from github_app.settings.repository import RepositorySettings, Table
from github_app.settings.wrong_values import told

MAX_UNKNOWN_TOLD = 5


class SettingsUnusable(Exception):
    """The file can't be used; the message says in half a sentence why, and may hold a part of the file."""


def read_settings(content: bytes) -> RepositorySettings:
    """The settings in the file. Raises SettingsUnusable: then nothing in it counts."""
    try:
        document = read_yaml(content)
    except NotPlain as problem:
        raise SettingsUnusable(str(problem)) from None
    if unknown := list(unknown_keys(document, RepositorySettings)):
        more = f"; and {len(unknown) - MAX_UNKNOWN_TOLD} more" if len(unknown) > MAX_UNKNOWN_TOLD else ""
        raise SettingsUnusable("; ".join(unknown[:MAX_UNKNOWN_TOLD]) + more)
    try:
        return msgspec.convert(document, RepositorySettings)
    except msgspec.ValidationError as error:
        raise SettingsUnusable(told(str(error))) from None


def unknown_keys(document: Mapping[str, Any], table: type[Table], above: str = "") -> Iterator[str]:
    """A few words on each key that is none, with the one that was probably meant."""
    known = {field.name: field.type for field in msgspec.structs.fields(table)}
    for key, value in document.items():
        if key in known:
            inner = known[key]
            if isinstance(inner, type) and issubclass(inner, Table) and isinstance(value, dict):
                yield from unknown_keys(value, inner, f"{above}{key}.")
        else:
            near = difflib.get_close_matches(key[:40], known, n=1)
            meant = f" (did you mean {above}{near[0]}?)" if near else ""
            yield f"there is no key {above}{key[:80]}{meant}"
