"""Whom a text names, and which issues: as its reader sees it, so not in code and not in what is hidden.

https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#mentioning-people-and-teams
https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls#issues-and-pull-requests
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

# A login has 39 characters at most. A dot or slash behind it makes it part of something else, but for the end of a sentence.
_MENTION = re.compile(
    r"(?<!\w)@([a-z0-9](?:-?[a-z0-9]){0,38})(?:/([a-z0-9][a-z0-9_-]*))?(?=\.+(?:\s|$)|[^\w.\-/]|$)", re.IGNORECASE
)
_REFERENCE = re.compile(r"(?<![\w&/#])(?:([\w.-]+/[\w.-]+))?#(\d{1,9})(?!\w)")
_ADDRESS = re.compile(r"https?://[^\s/]+/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d{1,9})(?![\w/])")

_HIDDEN = re.compile(r"<!--.*?(?:-->|$)|<(pre|code)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@dataclass
class Named:
    """Logins, teams as organisation and slug, and issues as `owner/name` (None: the same repository) and number; each once."""

    logins: dict[str, None] = field(default_factory=dict)
    teams: dict[tuple[str, str], None] = field(default_factory=dict)
    issues: dict[tuple[str | None, int], None] = field(default_factory=dict)


def named_in(text: str | None) -> Named:
    """What a text names, in the order of its first naming. Logins and slugs are in lower case."""
    named = Named()
    if not text or not ("@" in text or "#" in text or "://" in text):
        return named
    for part in _read(text):
        for found in _MENTION.finditer(part):
            login, team = found[1].lower(), found[2]
            if team:
                named.teams[login, team.lower()] = None
            else:
                named.logins[login] = None
        for found in _ADDRESS.finditer(part):
            named.issues[found[1].lower(), int(found[2])] = None
        for found in _REFERENCE.finditer(_ADDRESS.sub(" ", part)):
            named.issues[found[1].lower() if found[1] else None, int(found[2])] = None
    return named


def _read(text: str) -> Iterator[str]:
    """The pieces of text that a reader sees, without code."""
    for block in _MARKDOWN.parse(text):
        if block.type == "html_block":
            yield _HIDDEN.sub(" ", block.content)
        # Neighbours are one piece: a mention ends where the next one begins.
        yield "".join(
            {"text": one.content, "softbreak": "\n", "hardbreak": "\n"}.get(one.type, " ") for one in block.children or ()
        )
