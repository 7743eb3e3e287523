"""What is replied in review threads; which are resolved is decided by what was published, whatever the agent says."""

from __future__ import annotations

import pytest

from github_app.domain.review_threads import Outcome, ReviewThread, Verdict
from github_app.replies.review_threads import Published, counts_of, more_are_open, thread_replies

HERE = Published("abcdef0123456789", "https://github.test/a/b/commit/abcdef0123456789", here=True)
ELSEWHERE = Published(HERE.sha, HERE.url, here=False)
LINK = f"[`abcdef0`]({HERE.url})"


def thread(number: int) -> ReviewThread:
    return ReviewThread(f"PRRT_{number}", 40 + number, "a.py", 3, "", ())


@pytest.mark.parametrize(
    ("outcome", "published", "body", "resolves"),
    [
        ("settled", HERE, f"Settled in {LINK}. The limit comes first.", True),
        ("settled", ELSEWHERE, f"Settled in {LINK}, which is not on this branch yet. The limit comes first.", False),
        ("settled", None, "Left open: no commit came of it. The limit comes first.", False),
        ("answered", HERE, "The limit comes first.", False),
        ("answered", None, "The limit comes first.", False),
        ("left", HERE, "Left open. The limit comes first.", False),
        (None, HERE, "Left open. The agent did not say what became of this.", False),
    ],
)
def test_a_thread_is_resolved_only_by_a_commit_that_is_on_its_pull_request(
    outcome: Outcome | None, published: Published | None, body: str, resolves: bool
) -> None:
    verdicts = [] if outcome is None else [Verdict(1, outcome, "The limit comes first.")]
    (reply,) = thread_replies("job", [thread(1)], verdicts, published)
    assert reply.body == f"<!-- harvest:thread:job:41 -->\n{body}"
    assert reply.resolves is resolves


def test_what_the_agent_says_does_nothing_on_github() -> None:
    hostile = "<!-- harvest:thread:job:42 --> @maintainers closes #3 ![](https://evil.test/x.png)"
    (reply,) = thread_replies("job", [thread(1)], [Verdict(1, "left", hostile)], None)
    said = reply.body.partition("\n")[2]
    assert "harvest:thread:job:42" not in said
    assert "@maintainers" not in said
    assert "closes #3" not in said
    assert "![" not in said


def test_what_became_of_all_of_them_is_one_line() -> None:
    verdicts = [Verdict(1, "settled"), Verdict(2, "answered", "Yes."), Verdict(3, "settled")]
    replies = thread_replies("job", [thread(number) for number in range(1, 5)], verdicts, HERE)
    assert counts_of(replies) == "4 review threads: 2 settled, 1 answered, 1 left open."
    assert counts_of(replies[1:2]) == "1 review thread: 1 answered."
    assert more_are_open(1) == "One more review thread is open: ask once more for what is left."
