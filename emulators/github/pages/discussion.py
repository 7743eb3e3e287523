"""What is said under an issue or a pull request, oldest first: comments, reviews, and what happened in between."""

from __future__ import annotations

from datetime import datetime

from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue, IssueEvent
from emulators.github.model.reactions import Reaction
from emulators.github.model.reviews import Review, ReviewComment
from emulators.github.model.teams import Team
from emulators.github.pages.html import Child, Html, el, joined
from emulators.github.pages.layout import author, avatar, label_chip, moment, reactions
from emulators.github.pages.markdown import render

_REVIEW_WORDS = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "requested changes",
    "COMMENTED": "reviewed",
    "DISMISSED": "reviewed (dismissed)",
    "PENDING": "began a review",
}


def discussion(issue: Issue, link: str) -> Html:
    """The opening text and all that followed; `link` is the repository's page."""
    entries: list[tuple[datetime, int, Html]] = [
        (issue.created_at, 0, bubble(issue.author, issue.created_at, issue.body, issue.reactions, anchor="opening", link=link))
    ]
    for one in issue.comments:
        edited = one.updated_at > one.created_at
        shown = bubble(
            one.author, one.created_at, one.body, one.reactions, anchor=f"issuecomment-{one.id}", edited=edited, link=link
        )
        entries.append((one.created_at, 2, shown))
    entries += [(event.created_at, 1, _event(event)) for event in issue.events]
    if issue.pull:
        entries += [(review.submitted_at, 3, _review(review, link)) for review in issue.pull.reviews if review.submitted_at]
        shown_comments = [comment for comment in issue.pull.review_comments if not comment.pending]
        entries += [(comment.created_at, 4, _review_comment(comment, link)) for comment in shown_comments]
    entries.sort(key=lambda entry: entry[:2])
    return el("section", [entry[2] for entry in entries], id="conversation")


def bubble(
    who: Account,
    at: datetime,
    text: str | None,
    given: list[Reaction],
    *,
    anchor: str,
    link: str,
    edited: bool = False,
    about: Child = None,
) -> Html:
    """One thing that somebody wrote."""
    head = el("header", author(who), " · ", moment(at), " · edited" if edited else None, about)
    body = el("div", render(text, link) if text else el("p", "No description provided.", class_="soft"), class_="body")
    return el("article", avatar(who), el("div", head, body, reactions(given), class_="bubble"), class_="comment", id=anchor)


def _event(event: IssueEvent) -> Html:
    what: Child = event.event
    if event.label:
        what = joined(["added " if event.event == "labeled" else "removed ", label_chip(event.label)])
    elif event.about:
        who = el("b", event.about.name) if isinstance(event.about, Team) else author(event.about)
        what = joined([event.event.replace("_", " "), " ", who])
    elif event.rename:
        what = joined(["renamed it from ", el("s", event.rename[0]), " to ", el("b", event.rename[1])])
    elif event.commit_id:
        what = joined([event.event, " in ", el("code", event.commit_id[:7])])
    return el("div", author(event.actor), " ", what, " · ", moment(event.created_at), class_="event")


def _review(review: Review, link: str) -> Html:
    words = _REVIEW_WORDS[review.state]
    at = review.submitted_at
    if at is None:
        return Html()
    if not review.body:
        return el("div", author(review.author), f" {words} · ", moment(at), class_="event")
    return bubble(review.author, at, review.body, [], anchor=f"pullrequestreview-{review.id}", about=f" · {words}", link=link)


def _review_comment(comment: ReviewComment, link: str) -> Html:
    thread = comment.thread
    place = joined([" · ", el("code", f"{thread.path}:{thread.place.line}" if thread.place else thread.path)])
    return bubble(
        comment.author,
        comment.created_at,
        comment.body,
        comment.reactions,
        anchor=f"discussion_r{comment.id}",
        about=place,
        link=link,
    )
