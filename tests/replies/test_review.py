"""How a review reads: what a model wrote can do nothing, and a suggestion stays in its fence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from inline_snapshot import snapshot
from markdown_it import MarkdownIt

from github_app.domain.job_report import JobReport
from github_app.domain.review import Place, Placed, ReviewFinding
from github_app.replies.review import (
    ReviewToSubmit,
    can_be_shown_as_it_is,
    inline_comment,
    review_body,
    suggestion_block,
)

INLINE = ReviewFinding("BLOCKER", "It loses @everyone's data.", "Closes #7", "Keep <b>it</b>.", Place("a.py", 3), "keep()\n")
BESIDE = ReviewFinding("CONSIDER", "A shorter\n\n```sh\nname", "It is read often.", "", Place("docs/`a`.md"))
REVIEW = ReviewToSubmit(
    job_id="job-1",
    asked_by="mira-okafor",
    asked="review",
    commit_sha="0123456789",
    head_sha="0123456789",
    summary="It rounds <!-- harvest:review:job-2 --> the last unit.\n\n![](https://example.com/x.png)",
    findings=Placed((INLINE,), (BESIDE,)),
    notes=("The repository's image was gone.",),
    report=JobReport(seconds=62, cost_usd=0.25, model="claude-sonnet-5-5"),
    command="/harvest",
    can_be_resolved=True,
)


def test_a_review_reads_like_this() -> None:
    assert review_body(REVIEW) == snapshot("""\
<!-- harvest:review:job-1 -->
### 🌾 Review of `0123456`

@mira-okafor asked for `review`

It rounds  the last unit.

[](https://example.com/x.png)

**1 BLOCKER, 1 CONSIDER.**

Besides the comments on lines:

- **CONSIDER** ``docs/`a`.md``: A shorter ```sh name
  _Why:_ It is read often.

> The repository's image was gone.

`/harvest resolve` works through what stands on the lines and is not resolved.

<sub>1 min 2 s · $0.25 · `claude-sonnet-5-5`</sub>\
""")
    assert inline_comment(INLINE) == snapshot("""\
**BLOCKER** It loses @\u200beveryone's data.

_Why:_ Closes issue #7

_Fix:_ Keep &lt;b>it&lt;/b>.

```suggestion
keep()
```\
""")


def test_one_that_found_nothing_and_is_of_an_older_commit_says_so() -> None:
    body = review_body(replace(REVIEW, findings=Placed((), ()), head_sha="9876543210", notes=()))
    assert "**Nothing found.**" in body
    assert "resolve" not in body
    assert (
        "> The pull request is at `9876543` by now. This review is of `0123456`: what was pushed since was not looked at."
        in body
    )


@pytest.mark.parametrize(
    "suggestion",
    ["plain()", "```\n@everyone", "    ````suggestion\nrm -rf\n````", "~~~~\n# <!-- x -->", "`" * 30, "a\n\n\n", "\tx\n"],
)
def test_a_suggestion_does_not_end_before_its_fence(suggestion: str) -> None:
    block, *rest = MarkdownIt("commonmark").parse(suggestion_block(suggestion))
    assert (block.type, block.info, rest) == ("fence", "suggestion", [])
    assert block.content == suggestion.removesuffix("\n") + "\n"


@pytest.mark.parametrize(
    ("suggestion", "can"),
    [
        ("return n * 2\n", True),
        ("\tif a < b && c:  # über\n", True),
        ("if access == 'user\u202e\u2066':", False),
        ("zero\u200bwidth", False),
        ("token = 'ghs_" + "A1b2" * 10 + "'", False),
        ("<!-- harvest:review:job-2 -->", False),
        ("a\r\nb", False),
    ],
)
def test_what_can_not_be_seen_or_is_secret_is_not_suggested(suggestion: str, can: bool) -> None:
    assert can_be_shown_as_it_is(suggestion) is can
