"""What Linear's tools answered, as Harvest reads it: hostile, of any shape, bounded. Pure.

The tools say JSON as text. Linear publishes no schema of it, so what is there is taken, whatever else may have changed.
https://linear.app/docs/mcp
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from github_app.text.hostile import clean

MAX_TITLE_CHARACTERS = 300
MAX_DESCRIPTION_CHARACTERS = 16_000
MAX_COMMENT_CHARACTERS = 3_000
# The latest ones: a discussion ends with what was decided.
MAX_COMMENTS = 20
MAX_TEXT_CHARACTERS = 40_000
MAX_REFERENCE_CHARACTERS = 100

# Where people open an issue. Anything else that stands in the place of a link is no link. What follows tells the title, which
# is not for everybody who sees the link.
URL = re.compile(r"(https://linear\.app/[A-Za-z0-9_-]{1,100}/issue/[A-Z][A-Z0-9]{0,6}-[0-9]{1,7})(?:/[^/]{0,300})?")
KEY = re.compile(r"([A-Z][A-Z0-9]{0,6})-[0-9]{1,7}")
REFERENCE = re.compile(rf"[A-Za-z0-9-]{{1,{MAX_REFERENCE_CHARACTERS}}}")


class Unreadable(Exception):
    """The answer is none that can be used; the message says in half a sentence why."""


@dataclass(frozen=True)
class Issue:
    """An issue as it was read. `reference` is what the tools know it by, `key` what people call it, `url` its page, empty
    where none is given that can be shown."""

    key: str
    reference: str
    title: str
    url: str
    facts: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Comment:
    author: str
    at: str
    body: str


def issue_in(asked: str, result: Mapping[str, Any]) -> Issue | None:
    """The issue that `get_issue` gave; None when there is none of that key. Raises Unreadable."""
    if result.get("isError") is True:
        said = _text_of(result)
        if re.search(r"not found|could not find", said, re.IGNORECASE):
            return None
        raise Unreadable("Linear reported an error")
    document = _document(result)
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        raise Unreadable("Linear's answer is no issue")
    keys = [document.get("identifier"), document.get("id")]
    key = next((key for key in keys if isinstance(key, str) and KEY.fullmatch(key)), asked)
    reference = document.get("id")
    page = URL.fullmatch(str(document.get("url") or ""))
    return Issue(
        key=key,
        reference=reference if isinstance(reference, str) and REFERENCE.fullmatch(reference) else asked,
        title=_line(document["title"])[:MAX_TITLE_CHARACTERS],
        url=page[1] if page is not None else "",
        facts=_facts(document),
        description=_bounded(document.get("description"), MAX_DESCRIPTION_CHARACTERS),
    )


def comments_in(result: Mapping[str, Any]) -> tuple[list[Comment], str | None]:
    """The comments of one page of `list_comments`, as they come, and the next page's cursor. Raises Unreadable."""
    if result.get("isError") is True:
        raise Unreadable("Linear reported an error")
    document = _document(result)
    listed = document.get("comments") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise Unreadable("Linear's answer is no list of comments")
    found = [
        Comment(_name(one, "author", "user", "createdBy"), _line(str(one.get("createdAt") or "")), one["body"])
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("body"), str)
    ]
    more = isinstance(document, dict) and document.get("hasNextPage") is True
    cursor = document.get("cursor") or document.get("nextCursor") if more else None
    return found, cursor if isinstance(cursor, str) else None


def refused(result: Mapping[str, Any]) -> bool:
    """Whether a tool says that it did nothing."""
    return result.get("isError") is True


def text_of(issue: Issue, comments: Sequence[Comment]) -> str:
    """An issue as an agent reads it, at most 40,000 characters: what people wrote, without what they hid in it."""
    oldest_first = comments[::-1]  # as they come; those of one moment stay so
    said = [
        f"Comment by {one.author or 'somebody'}{f' on {one.at}' if one.at else ''}:\n\n"
        f"{_bounded(one.body, MAX_COMMENT_CHARACTERS)}"
        for one in sorted(oldest_first, key=lambda one: one.at)[-MAX_COMMENTS:]
    ]
    head = "\n".join([f"{issue.key}: {issue.title}", *issue.facts])
    text = "\n\n".join(part for part in (head, issue.description, *said) if part)
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    return f"{text[:MAX_TEXT_CHARACTERS]}\n[cut here: {len(text) - MAX_TEXT_CHARACTERS:,} more characters]"


def _facts(document: Mapping[str, Any]) -> tuple[str, ...]:
    labels = document.get("labels")
    named = [_name({"label": label}, "label") for label in labels[:20]] if isinstance(labels, list) else []
    rows = {
        "Status": _name(document, "status", "state"),
        "Priority": _name(document, "priority"),
        "Labels": ", ".join(filter(None, named)),
        "Written by": _name(document, "createdBy", "creator"),
        "Assigned to": _name(document, "assignee"),
    }
    return tuple(f"{what}: {value}" for what, value in rows.items() if value)


def _name(document: Mapping[str, Any], *fields: str) -> str:
    """The first of these that is there: a name, or something with one."""
    for field in fields:
        value = document.get(field)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, str) and value:
            return _line(value)[:MAX_TITLE_CHARACTERS]
    return ""


def _document(result: Mapping[str, Any]) -> Any:
    if isinstance(structured := result.get("structuredContent"), dict) and structured:
        return structured
    try:
        return json.loads(_text_of(result))
    except (ValueError, RecursionError):
        raise Unreadable("Linear's answer is of another form than expected") from None


def _text_of(result: Mapping[str, Any]) -> str:
    blocks = result.get("content")
    listed = blocks if isinstance(blocks, list) else []
    return next((one["text"] for one in listed if isinstance(one, dict) and isinstance(one.get("text"), str)), "")


def _bounded(text: object, most: int) -> str:
    # What is hidden may be most of a text; more than this is not looked at.
    cleaned = clean(text[: 4 * most]).strip() if isinstance(text, str) else ""
    return cleaned if len(cleaned) <= most else f"{cleaned[:most]}\n[cut here: {len(cleaned) - most:,} more characters]"


def _line(text: str) -> str:
    return " ".join(clean(text[: 4 * MAX_TITLE_CHARACTERS]).split())
