"""Renders what people write, as GitHub would show it: comments hidden, task lists as boxes, a few harmless tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML, RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from emulators.github.pages.html import Html
from emulators.github.pages.suggestions import suggestion

# Tags that people use in comments, allowed bare: none of their attributes but `open` gets through.
_ALLOWED_TAG = re.compile(
    r"</?(?:details|summary|sub|sup|br|kbd|b|i|em|strong|code|pre|p|hr)\s*/?>|<details\s+open>", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w&#/])#(\d{1,9})\b")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_BOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def render(text: str | None, link: str, replaced: Sequence[str] = ()) -> Html:
    """Markdown as HTML that can't carry a script. `link` is the repository's page: `#12` leads to its issue 12. `replaced`
    are the lines that a suggestion would change."""
    return Html(_MARKDOWN.render(text or "", {"link": link, "replaced": replaced}))


def _text(self: RendererProtocol, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return _NUMBER.sub(rf'<a href="{escape(env["link"])}/issues/\1">#\1</a>', escape(tokens[index].content, quote=False))


def _allowed_html(self: RendererProtocol, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Inline and block HTML: the allowed tags as they are, comments not at all, everything else as text."""
    content, parts, end = _COMMENT.sub("", tokens[index].content), [], 0
    for tag in _ALLOWED_TAG.finditer(content):
        parts += [escape(content[end : tag.start()]), tag.group()]
        end = tag.end()
    return "".join([*parts, escape(content[end:])])


def _fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    if token.info.strip() == "suggestion":
        return suggestion(env["replaced"], token.content)
    return RendererHTML.fence(self, tokens, index, options, env)


def _boxes(state: StateCore) -> None:
    """`[ ]` and `[x]` at the beginning of a list's item become boxes."""
    for before, paragraph, token in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (before.type, paragraph.type, token.type) != ("list_item_open", "paragraph_open", "inline") or not token.children:
            continue
        first = token.children[0]
        if box := _BOXES.get(first.content[:4]):
            first.content = box + first.content[4:]
            before.attrSet("class", "task")


def _make() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("text", _text)
    markdown.add_render_rule("html_inline", _allowed_html)
    markdown.add_render_rule("html_block", _allowed_html)
    markdown.add_render_rule("fence", _fence)
    markdown.core.ruler.push("boxes", _boxes)
    return markdown


_MARKDOWN = _make()
