"""Makes HTML out of Python: whatever isn't marked as HTML already is escaped, so nothing that people wrote can be a tag."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

# Elements that have no end tag.
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]


def el(name: str, /, *children: Child, **attributes: str | bool | None) -> Html:
    """An element. `class_` and `for_` lose their underscore, other underscores become hyphens; False and None leave an
    attribute out, True leaves it without a value."""
    opened = [name]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if value is True:
            opened.append(attribute)
        elif value not in (False, None):
            opened.append(f'{attribute}="{escape(str(value))}"')
    start = f"<{' '.join(opened)}>"
    return Html(start) if name in _VOID else Html(f"{start}{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Html:
    """Children one after the other, escaped where they aren't HTML."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            parts.append(child)
        elif isinstance(child, str | int):
            parts.append(escape(str(child)))
        else:
            parts.append(joined(child))
    return Html("".join(parts))
