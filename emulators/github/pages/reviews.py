"""Reviews on a pull request's page: who judges how, and the threads that each review began, at their lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.reviews import Review, ReviewComment, ReviewState, ReviewThread
from emulators.github.model.teams import Team
from emulators.github.pages.bubbles import bubble, folded
from emulators.github.pages.diff import diff_lines
from emulators.github.pages.html import Child, Html, el, joined
from emulators.github.pages.layout import author, moment, reactions
from emulators.github.pages.markdown import render
from emulators.github.pages.suggestions import commented_lines

_WORDS: dict[ReviewState, str] = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "requested changes",
    "COMMENTED": "reviewed",
    "DISMISSED": "reviewed (dismissed)",
    "PENDING": "began a review",
}

# How much of the hunk above a comment's line is shown with it, as on GitHub's pages.
_LINES_ABOVE = 4

# What stands at the end of a thread.
Below = Callable[[ReviewThread], Html]


def reviewers(issue: Issue, pull: Pull) -> Html | None:
    """Everybody else who was asked or has answered, with their latest judgement; words alone don't undo one."""
    latest: dict[Account, ReviewState] = {}
    for review in pull.reviews:
        if (
            review.submitted_at
            and review.author is not issue.author
            and (review.state != "COMMENTED" or review.author not in latest)
        ):
            latest[review.author] = review.state
    asked: list[Account | Team] = [*pull.requested_reviewers, *pull.requested_teams]
    marks: list[Child] = [
        _mark("requested", el("b", one.name) if isinstance(one, Team) else author(one), "asked for a review") for one in asked
    ]
    marks += [_mark(state.lower(), author(who), _WORDS[state]) for who, state in latest.items() if who not in asked]
    return el("p", "Reviewers", marks, class_="soft reviewers") if marks else None


def review_entry(pull: Pull, review: Review, link: str, below: Below) -> Html:
    """A submitted review with the threads that it began, each with what is `below` it. One that only replied elsewhere is
    shown there."""
    threads = [one for one in pull.threads if one.comments[0].review is review]
    if not (threads or review.body or review.state != "COMMENTED"):
        return Html()
    shown = [thread_box(thread, link, below(thread)) for thread in threads]
    words = _WORDS[review.state]
    anchor, state = f"pullrequestreview-{review.id}", f"review {review.state.lower()}"
    if review.body:
        about = joined([" · ", el("span", words, class_=state)])
        return joined([bubble(review, [], anchor=anchor, about=about, link=link, hidden=review.minimized), shown])
    when = moment(review.submitted_at) if review.submitted_at else None
    line = el("div", el("span", class_=state), author(review.author), f" {words} · ", when, class_="event", id=anchor)
    return joined([line, shown])


def thread_box(thread: ReviewThread, link: str, below: Html) -> Html:
    """The lines that it is about, what was said of them, and what can be done; folded once it is resolved."""
    comments = [one for one in thread.comments if not one.pending]
    badges = [el("span", "Outdated", class_="badge warn")] if thread.outdated else []
    head = joined([el("code", place(thread)), badges])
    replaced = commented_lines(thread)
    inner = [_hunk(thread), *(_said(one, link, replaced) for one in comments), below]
    if thread.resolved_by is None:
        return el("div", el("header", head), inner, class_="file thread")
    settled = joined([head, " · resolved by ", author(thread.resolved_by), f" · {_counted(comments)}"])
    return el("div", folded(settled, inner), class_="file thread resolved")


def place(thread: ReviewThread) -> str:
    """`path:3` or `path:3-5`: where it is now, or was."""
    where = thread.place or thread.original
    if where is None:
        return thread.path
    lines = f"{where.start_line}-{where.line}" if where.start_line else str(where.line)
    return f"{thread.path}:{lines}"


def marks_in_diff(pull: Pull) -> dict[tuple[str, int], list[Html]]:
    """For each commented line of the difference, by path and position, what leads to its threads."""
    marks: dict[tuple[str, int], list[Html]] = {}
    for thread in pull.threads:
        comments = [one for one in thread.comments if not one.pending]
        if comments and thread.place:
            settled = " · resolved" if thread.resolved_by else ""
            begin = (comments[0].body.strip() or "…").split("\n")[0]
            text = f"{_counted(comments)} · {comments[0].author.login}: {begin}{settled}"
            link = el("a", text, href=f"#discussion_r{comments[0].id}")
            marks.setdefault((thread.path, thread.place.position), []).append(el("span", link, class_="note"))
    return marks


def _hunk(thread: ReviewThread) -> Html | None:
    lines = thread.diff_hunk.split("\n")[1:] if thread.diff_hunk else []
    return el("div", diff_lines(lines[-_shown(thread) :]), class_="diff") if lines else None


def _shown(thread: ReviewThread) -> int:
    return max(_LINES_ABOVE, len(commented_lines(thread)))


def _said(comment: ReviewComment, link: str, replaced: Sequence[str]) -> Html:
    edited = " · edited" if comment.last_edited_at else None
    head = el("p", author(comment.author), " · ", moment(comment.created_at), edited, class_="soft")
    said: Child = [el("div", head, render(comment.body, link, replaced), class_="body"), reactions(comment.reactions)]
    if comment.minimized:
        said = el("div", folded(f"This comment was marked as {comment.minimized}.", said), class_="body")
    return el("div", said, class_="said", id=f"discussion_r{comment.id}")


def _mark(state: str, who: Child, words: str) -> Html:
    return el("span", who, class_=f"review {state}", title=words)


def _counted(comments: Sequence[ReviewComment]) -> str:
    return "1 comment" if len(comments) == 1 else f"{len(comments)} comments"
