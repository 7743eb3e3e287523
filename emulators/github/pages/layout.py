"""The frame around every page, and the small parts that many pages share."""

from __future__ import annotations

import colorsys
import re
from datetime import datetime
from urllib.parse import quote

from starlette.responses import HTMLResponse

from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue, Label
from emulators.github.model.reactions import REACTIONS, Reaction
from emulators.github.model.repositories import Repository
from emulators.github.pages.html import Child, Html, el, joined

# Pages load nothing from elsewhere and run no script, whatever somebody writes into an issue.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

# Browsers hold where a form is redirected to against the policy as well.
_SITE = re.compile(r"https?://[\w.:\[\]-]+")

# The colours that the style sheet has for labels, around the circle; paler ones count as grey.
_HUES = 12
_GREY = 0.15

_EMOJI = dict(zip(REACTIONS, ("👍", "👎", "😄", "😕", "❤️", "🎉", "🚀", "👀"), strict=True))


def page(title: str, *body: Child, trail: Child = None, status: int = 200, leads_to: str | None = None) -> HTMLResponse:
    """A whole page; `trail` is what stands beside the name at the top, `leads_to` another site that its form ends at."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"{title} · emulated GitHub"),
        el("link", rel="stylesheet", href="/_emulator/style.css"),
    )
    inbox = el("a", "Notifications", href="/notifications", class_="inbox")
    home = el("a", "◐ emulated GitHub", href="/", class_="home")
    top = el("header", home, el("nav", trail), inbox)
    whole = el("html", head, el("body", top, el("main", *body)), lang="en")
    policy = _POLICY
    if leads_to and (site := _SITE.match(leads_to)):
        policy = policy.replace("form-action 'self'", f"form-action 'self' {site[0]}")
    return HTMLResponse(f"<!doctype html>{whole}", status, {"content-security-policy": policy, "cache-control": "no-store"})


def repository_link(repo: Repository) -> str:
    return f"/{quote(repo.owner.login)}/{quote(repo.name)}"


def issue_link(repo: Repository, issue: Issue) -> str:
    return f"{repository_link(repo)}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def repository_trail(repo: Repository) -> Html:
    """Where in the house one is: owner, repository, its lists."""
    link = repository_link(repo)
    return joined(
        [
            el("a", repo.full_name, href=link, class_="strong"),
            el("a", "Issues", href=f"{link}/issues"),
            el("a", "Pull requests", href=f"{link}/pulls"),
        ]
    )


def avatar(account: Account) -> Html:
    return el("img", class_="avatar", src=f"/avatars/{account.id}", alt="", width="32", height="32")


def author(account: Account) -> Html:
    """The name, and a badge for who isn't a person."""
    name = account.login.removesuffix("[bot]") if account.type == "Bot" else account.login
    badge = el("span", "bot", class_="badge") if account.type == "Bot" else None
    return joined([el("a", name, href=f"/{quote(account.login)}", class_="strong"), badge])


def moment(at: datetime) -> Html:
    shown = at.strftime("%-d %b %Y, %H:%M:%S UTC")
    return el("time", shown, datetime=at.isoformat())


def label_chip(label: Label) -> Html:
    """The label in one of the style sheet's colours: a page may bring no style of its own."""
    red, green, blue = (int(label.color[start : start + 2] or "0", 16) / 255 for start in (0, 2, 4))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    shade = f"hue-{round(hue * _HUES) % _HUES}" if saturation > _GREY else "grey"
    return el("span", label.name, class_=f"label {shade}", title=label.description)


def state_badge(issue: Issue) -> Html:
    """Open, draft, merged or closed."""
    if issue.pull and issue.pull.merged_at:
        word = "merged"
    elif issue.state == "closed":
        word = "closed"
    else:
        word = "draft" if issue.pull and issue.pull.draft else "open"
    return el("span", word.capitalize(), class_=f"state {word}")


def reactions(given: list[Reaction]) -> Html | None:
    """Each reaction with how many gave it, and who."""
    if not given:
        return None
    chips = []
    for content in REACTIONS:
        if who := [one.user.login for one in given if one.content == content]:
            chips.append(el("span", f"{_EMOJI[content]} {len(who)}", class_="reaction", title=", ".join(who)))
    return el("div", chips, class_="reactions")
