"""What is said under an issue or a pull request, oldest first: comments, reviews, and what happened in between."""

from __future__ import annotations

from datetime import datetime

from emulators.github.model.discussions import Issue, IssueEvent
from emulators.github.model.teams import Team
from emulators.github.pages.bubbles import bubble
from emulators.github.pages.html import Child, Html, el, joined
from emulators.github.pages.layout import author, label_chip, moment
from emulators.github.pages.markdown import render
from emulators.github.pages.reviews import Below, review_entry

# Of events that are about somebody, or about nothing but the pull request itself.
_EVENT_WORDS = {
    "review_requested": "asked for a review by",
    "review_request_removed": "no longer asks for a review by",
    "convert_to_draft": "marked this as a draft",
    "ready_for_review": "marked this as ready for review",
}


# In the history, and not worth a line of the page.
_UNSHOWN = frozenset({"mentioned", "subscribed"})


def discussion(issue: Issue, link: str, below: Below = lambda _: Html()) -> Html:
    """The opening text and all that followed; `link` is the repository's page, `below` gives what ends a review's thread."""
    entries: list[tuple[datetime, int, Html]] = [
        (issue.created_at, 0, bubble(issue, issue.reactions, anchor="opening", link=link))
    ]
    for one in issue.comments:
        shown = bubble(one, one.reactions, anchor=f"issuecomment-{one.id}", link=link, hidden=one.minimized)
        entries.append((one.created_at, 2, shown))
    shown_events = [event for event in issue.events if event.event not in _UNSHOWN]
    entries += [(event.created_at, 4 if event.dismissed else 1, _event(event, link)) for event in shown_events]
    if issue.pull:
        submitted = [(review.submitted_at, review) for review in issue.pull.reviews if review.submitted_at]
        entries += [(at, 3, review_entry(issue.pull, review, link, below)) for at, review in submitted]
    entries.sort(key=lambda entry: entry[:2])
    return el("section", [entry[2] for entry in entries], id="conversation")


def _event(event: IssueEvent, link: str) -> Html:
    what: Child = _EVENT_WORDS.get(event.event, event.event.replace("_", " "))
    because: Html | None = None
    if event.label:
        what = joined(["added " if event.event == "labeled" else "removed ", label_chip(event.label)])
    elif event.about:
        what = joined([what, " ", el("b", event.about.name) if isinstance(event.about, Team) else author(event.about)])
    elif event.dismissed:
        what = joined(["dismissed the review of ", author(event.dismissed.review.author)])
        commit = event.dismissed.commit_id
        why = joined(["stale since ", el("code", commit[:7])]) if commit else render(event.dismissed.message, link)
        because = el("div", why)
    elif event.rename:
        what = joined(["renamed it from ", el("s", event.rename[0]), " to ", el("b", event.rename[1])])
    elif event.commit_id:
        what = joined([what, " in ", el("code", event.commit_id[:7])])
    return el("div", author(event.actor), " ", what, " · ", moment(event.created_at), because, class_="event")
