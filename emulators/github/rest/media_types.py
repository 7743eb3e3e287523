"""The forms in which GitHub gives the same thing, as a request's `Accept` asks for them.

https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#media-types
"""

from __future__ import annotations

import html
import re
from typing import Any, Literal, cast, get_args

from emulators.github.errors import Refused
from emulators.github.pages.markdown import render

Form = Literal["raw", "text", "html", "full", "object", "repository", "diff", "patch", "sha"]

# The names of previews, which were ways to ask for what was not finished, may have several words.
_GITHUBS = re.compile(r"application/vnd\.github(?:\.v3)?(?:[.-](?P<form>[a-z]+(?:-[a-z]+)*?))?(?:-preview)?(?:\+json)?")
_TAG = re.compile(r"<[^>]*>")

# What people write is in these routes; a check run's output and a file's content have forms of their own, or none.
_WRITTEN = re.compile(r"/repos/\{owner\}/\{repo\}/(?:issues|pulls)\b")


def form_of(accept: str) -> Form | None:
    """The form that is asked for, None for ordinary JSON. Raises Refused 415 for what GitHub can't give."""
    given = [one.partition(";")[0].strip().lower() for one in accept.split(",") if one.strip()]
    for one in given:
        found = _GITHUBS.fullmatch(one)
        for form in get_args(Form):
            if found and found["form"] == form:
                return cast(Form, form)
    if given and not any(one in ("*/*", "application/*", "application/json") or _GITHUBS.fullmatch(one) for one in given):
        raise Refused(415, f"Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'.")
    return None


def written_as(template: str, body: Any, form: Form | None, link: str) -> Any:
    """An answer whose texts stand in the form that was asked for: `body` (as it was written), `body_text`, `body_html`, or all
    three. `link` is the repository's page."""
    if form not in ("text", "html", "full") or not _WRITTEN.match(template):
        return body
    if isinstance(body, list):
        return [written_as(template, one, form, link) for one in body]
    if not isinstance(body, dict) or "body" not in body:
        return body
    as_html = str(render(body["body"], link)).strip()
    as_text = html.unescape(_TAG.sub("", as_html)).strip()
    forms = {"body": body["body"], "body_text": as_text, "body_html": as_html}
    kept = ("body", "body_text", "body_html") if form == "full" else (f"body_{form}",)
    return {**{key: value for key, value in body.items() if key != "body"}, **{name: forms[name] for name in kept}}


def file_as_html(path: str, content: bytes, link: str) -> str:
    """A file as its page shows it: Markdown as prose, everything else as it stands.
    https://docs.github.com/rest/repos/contents#custom-media-types-for-repository-contents"""
    text = content.decode(errors="replace")
    shown = str(render(text, link)) if path.lower().endswith((".md", ".markdown")) else f"<pre>{html.escape(text)}</pre>"
    return f'<div id="file" data-path="{html.escape(path)}"><article class="markdown-body">{shown}</article></div>'
