"""One thing that somebody wrote, in a frame; what was hidden is folded, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from emulators.github.model.accounts import Account
from emulators.github.model.reactions import Reaction
from emulators.github.pages.html import Child, Html, el
from emulators.github.pages.layout import author, avatar, moment, reactions
from emulators.github.pages.markdown import render


class Written(Protocol):
    """Comments and reviews alike."""

    @property
    def author(self) -> Account: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def body(self) -> str | None: ...
    @property
    def last_edited_at(self) -> datetime | None: ...


def bubble(
    shown: Written,
    given: list[Reaction],
    *,
    anchor: str,
    link: str,
    about: Child = None,
    hidden: str | None = None,
    replaced: Sequence[str] = (),
    below: Child = None,
) -> Html:
    """`link` is the repository's page, `replaced` the lines that its suggestions would change, `hidden` why it is folded."""
    head = el("header", author(shown.author), " · ", moment(shown.created_at), _edited(shown), about)
    text = render(shown.body, link, replaced) if shown.body else el("p", "No description provided.", class_="soft")
    whole: Child = [head, el("div", text, class_="body"), reactions(given)]
    if hidden:
        whole = folded(f"This comment was marked as {hidden}.", whole)
    return el("article", avatar(shown.author), el("div", whole, below, class_="bubble"), class_="comment", id=anchor)


def folded(summary: Child, content: Child) -> Html:
    return el("details", el("summary", summary, class_="soft"), content)


def _edited(shown: Written) -> str | None:
    return " · edited" if shown.last_edited_at else None
