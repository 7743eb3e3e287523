"""What a repository sets for its own jobs: the file `.harvest/config.toml`, as it is on the base branch. Pure.

Each table is a struct here. A file that can't be used counts for nothing, with a sentence that says so: half of somebody's
settings are nobody's settings.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from github_app.settings.allow_list import checked_entries
from sandbox.workspace import SETTINGS_FILE

# Written by a person: more is a mistake or mischief.
MAX_BYTES = 64 * 1024
MAX_ENTRIES = 100


class EgressSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[egress]`. `allow` adds ecosystems and hosts to those that the operator allows."""

    allow: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_ENTRIES)] = ()

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "allow", checked_entries(self.allow))


class RepositorySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    egress: EgressSettings = EgressSettings()


def read_repository_settings(content: bytes | None) -> tuple[RepositorySettings, str]:
    """The settings in the file, and what is wrong with it in a sentence; without a file, or with a wrong one, the defaults."""
    if content is None:
        return RepositorySettings(), ""
    if len(content) > MAX_BYTES:
        return RepositorySettings(), _unusable(f"it is larger than {MAX_BYTES // 1024} KiB")
    try:
        return msgspec.toml.decode(content, type=RepositorySettings), ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return RepositorySettings(), _unusable(str(error) or type(error).__name__)


def _unusable(why: str) -> str:
    return f"`{SETTINGS_FILE}` on the base branch does not count in this job, because it can't be used: {why}."
