"""A person's inbox: which conversation, why, and where to read on."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from emulators.github.control.asking import github_of
from emulators.github.errors import not_found
from emulators.github.model.notifications import Notification
from emulators.github.pages.forms import people_of
from emulators.github.pages.html import Html, el
from emulators.github.pages.layout import moment, page, repository_link, state_badge
from emulators.github.shapes.notifications import subject_page

# https://docs.github.com/rest/activity/notifications#about-notification-reasons
_WHY = {
    "assign": "you are assigned",
    "author": "you opened it",
    "comment": "you commented",
    "manual": "you follow it",
    "mention": "you were mentioned",
    "review_requested": "your review is asked for",
    "state_change": "you closed or reopened it",
    "subscribed": "you watch the repository",
    "team_mention": "your team was mentioned",
}


async def inbox_page(request: Request) -> Response:
    """Everybody's, one at a time: `?as=login`, the first person's without it."""
    github, people = github_of(request), people_of(request)
    asked = request.query_params.get("as", people[0].login)
    who = next((one for one in people if one.login.lower() == asked.lower()), None)
    if who is None:
        raise not_found()
    shown = github.notifications.of(who)
    tabs = [
        el("a", one.login, href=f"/notifications?as={quote(one.login)}", class_="strong" if one is who else None)
        for one in people
    ]
    rows = el("ul", [_row(one) for one in shown], class_="rows") if shown else el("p", "All caught up.", class_="soft")
    return page(f"Notifications · {who.login}", el("h1", "Notifications"), el("nav", tabs, class_="tabs"), rows)


def _row(shown: Notification) -> Html:
    link = subject_page(repository_link(shown.repo), shown.issue, shown.said)
    return el(
        "li",
        el("span", "●" if shown.unread else "○", title="unread" if shown.unread else "read", class_="soft"),
        state_badge(shown.issue),
        el(
            "span",
            el("a", shown.issue.title, href=link, class_="strong" if shown.unread else None),
            el("div", f"{shown.repo.full_name} #{shown.issue.number} · {_WHY[shown.reason]}", class_="soft"),
            class_="grow",
        ),
        moment(shown.updated_at),
    )
