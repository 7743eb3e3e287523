"""Reads what `git fsck --strict` says, and tells the faults of the new objects from old ones of the repository's own."""

from __future__ import annotations

import re
from collections.abc import Collection

# https://git-scm.com/docs/git-fsck#_fsck_messages
_IN_OBJECT = re.compile(r"^(?:error|warning) in \w+ (?P<id>[0-9a-f]{40,64}): (?P<what>.*)$")


def faults(output: str, exit_code: int, new_objects: Collection[str]) -> list[str]:
    """What is wrong with the new objects, one line each; empty when nothing is.

    Repositories carry old objects that today's rules would not let in; only a line that names such a one is passed over.
    """
    found, excused = [], 0
    for line in output.splitlines():
        in_object = _IN_OBJECT.match(line)
        if in_object and in_object["id"] not in new_objects:
            excused += 1
        elif in_object:
            found.append(in_object["what"])
        elif line.strip() and not line.startswith("notice:"):
            found.append(line.strip())
    if exit_code != 0 and not found and not excused:
        found.append(f"git fsck ended with {exit_code} and said nothing")
    return found
