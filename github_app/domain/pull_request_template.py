"""The repository's template for pull requests: where it stands, and how the agent hands it back filled in. Pure.

https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/creating-a-pull-request-template-for-your-repository
"""

from __future__ import annotations

from collections.abc import Mapping

# In the order in which GitHub looks; it takes any case, people write these two.
NAMES = ("pull_request_template.md", "PULL_REQUEST_TEMPLATE.md", "pull_request_template.txt", "PULL_REQUEST_TEMPLATE.txt")
PATHS = tuple(f"{folder}{name}" for folder in (".github/", "", "docs/") for name in NAMES)

# The agent is told all of it, in each of its turns. A longer one is not filled in.
MAX_BYTES = 16 * 1024

# Lines of their own, around what the agent has filled in.
BEGIN, END = "<pull-request>", "</pull-request>"


def template_in(files: Mapping[str, bytes]) -> str:
    """The template among files of the base branch; empty without one that can be filled in."""
    found = next((files[path] for path in PATHS if path in files), b"")
    return found.decode("utf-8", "replace").strip() if len(found) <= MAX_BYTES else ""


def filled_in(said: str) -> tuple[str, str]:
    """The agent's last words without the filled-in template, and that; empty where there is none. The last one counts."""
    lines = said.splitlines()
    plain = [line.strip() for line in lines]
    if END not in plain:
        return said, ""
    end = len(plain) - 1 - plain[::-1].index(END)
    if BEGIN not in plain[:end]:
        return said, ""
    begin = end - 1 - plain[:end][::-1].index(BEGIN)
    return "\n".join([*lines[:begin], *lines[end + 1 :]]).strip(), "\n".join(lines[begin + 1 : end]).strip()
