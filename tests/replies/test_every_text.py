"""Every text that a person reads on GitHub stands in texts.md, where it can be read by eye."""

from __future__ import annotations

import difflib

from tests.replies.every_text import ACCEPT, TEXTS, every_text, not_rendered


def test_every_text_reads_as_it_was_last_read_by_eye() -> None:
    kept, now = TEXTS.read_text(encoding="utf-8"), every_text()
    changed = "\n".join(difflib.unified_diff(kept.splitlines(), now.splitlines(), "texts.md", "now", lineterm="", n=1))
    assert not changed, f"texts read otherwise now. Read them, then `{ACCEPT}`:\n{changed}"


def test_there_is_no_reply_that_the_page_does_not_show() -> None:
    assert not_rendered() == set(), "render it in tests/replies/surfaces.py"
