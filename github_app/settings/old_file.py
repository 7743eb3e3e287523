"""The file that a repository's settings stood in before, `.harvest/config.toml`: it counts until there is
`.github/harvest.yml`, and the reply says how to move it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from github_app.settings.plain_yaml import MAX_BYTES
from github_app.settings.repository import SETTINGS_FILE, EgressSettings

OLD_FILE = ".harvest/config.toml"


class OldSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    egress: EgressSettings = EgressSettings()


def read_old_file(content: bytes | None, *, is_new: bool) -> tuple[EgressSettings, list[str]]:
    """What of it counts, and the sentences to say of it; `is_new` says that there is `.github/harvest.yml` already."""
    if content is None:
        return EgressSettings(), []
    if is_new:
        return EgressSettings(), [f"`{OLD_FILE}` counts no more beside `{SETTINGS_FILE}`: delete it."]
    if len(content) > MAX_BYTES:
        return EgressSettings(), [unusable(f"it is larger than {MAX_BYTES // 1024} KiB")]
    try:
        egress = msgspec.toml.decode(content, type=OldSettings).egress
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return EgressSettings(), [unusable(str(error) or type(error).__name__)]
    return egress, [to_be_moved(egress.allow)]


def unusable(why: str) -> str:
    return f"`{OLD_FILE}` did not count in this job, because it can't be used: {why}. Write `{SETTINGS_FILE}` instead."


def to_be_moved(allow: Sequence[str]) -> str:
    """In YAML, an entry that begins with `*` is in quotes."""
    entries = ", ".join(f'"{entry}"' for entry in allow)
    return (
        f"`{OLD_FILE}` still counts, and will not for ever: delete it, and write `{SETTINGS_FILE}` with the line "
        f"`egress: {{allow: [{entries}]}}`."
    )
