"""Routes as GitHub's description names them, and what a handler is given and gives back."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlencode

from emulators.github.access import Needs, acting_account, require
from emulators.github.allowances import Resource
from emulators.github.errors import forbidden, not_found
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.rest.asked import Asked
from emulators.github.rest.media_types import Form
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, AppItself, InstallationToken, UserToken

# "The number of results per page (max 100)."
DEFAULT_PAGE_SIZE = 30
MAX_PAGE_SIZE = 100

# Path parameters that may hold slashes, as the description marks them; so may `path`, which always stands last.
_MULTI_SEGMENT = frozenset({"ref", "branch", "basehead"})
_NUMERIC = frozenset(
    {
        "installation_id", "delivery_id", "account_id", "issue_number", "pull_number", "comment_id", "reaction_id",
        "run_id", "job_id", "attempt_number", "artifact_id", "ruleset_id",
        "review_id", "check_run_id", "check_suite_id", "event_id", "thread_id", "repository_id",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What a handler says: status, JSON body (None: no body; str or bytes: as it stands, of `media_type`), extra headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/plain; charset=utf-8"


@dataclass
class Call:
    """One request as a handler sees it: who asks, the path's parameters, the query (typed by the description) and body."""

    github: GitHub
    actor: Actor
    url: str
    parameters: dict[str, str]
    query: Asked
    body: Any
    form: Form | None = None

    @property
    def account(self) -> Account:
        """Whose name the effect carries."""
        return acting_account(self.actor)

    @property
    def via_app(self) -> App | None:
        match self.actor:
            case InstallationToken(installation=installation):
                return installation.app
            case UserToken(app=app):
                return app
            case _:
                return None

    @property
    def as_app(self) -> App:
        """The App, on routes that only its JWT opens."""
        if isinstance(self.actor, AppItself):
            return self.actor.app
        raise forbidden("You must authenticate with an access token authorized to a GitHub App in order to use this endpoint.")

    @property
    def repository(self) -> Repository:
        """The repository in the path. Raises 404."""
        found = self.github.store.repository(self.parameters["owner"], self.parameters["repo"])
        if found is None:
            raise not_found()
        return found

    @property
    def issue(self) -> Issue:
        """The issue or pull request in the path. Raises 404."""
        found = self.repository.issues.get(self.number("issue_number"))
        if found is None:
            raise not_found()
        return found

    @property
    def pull(self) -> tuple[Issue, Pull]:
        """The pull request in the path. Raises 404."""
        found = self.repository.issues.get(self.number("pull_number"))
        if found is None or found.pull is None:
            raise not_found()
        return found, found.pull

    def in_form(self, content: str | bytes) -> Answer:
        """The thing itself, in the form that was asked for."""
        return Answer(200, content, media_type=f"application/vnd.github.{self.form}; charset=utf-8")

    def number(self, name: str) -> int:
        return int(self.parameters[name])

    def require(self, needs: Needs) -> None:
        """For what only the handler knows to be needed. Raises Refused."""
        require(self.actor, self.repository, needs)

    def page_of(self, items: list[Any]) -> Answer:
        """One page of a list, with GitHub's Link header."""
        window, headers = self.window(len(items))
        return Answer(200, items[window], headers)

    def window(self, total: int, most: int = MAX_PAGE_SIZE) -> tuple[slice, dict[str, str]]:
        """Which part of a list the query asks for, and the Link header that leads to the others. Where `most` is more than
        usual, a page without a size has as many."""
        usual = DEFAULT_PAGE_SIZE if most == MAX_PAGE_SIZE else most
        size = min(max(int(self.query.get("per_page", usual)), 1), most)
        page = max(int(self.query.get("page", 1)), 1)
        last = max((total + size - 1) // size, 1)
        targets = []
        if page < last:
            targets += [("next", page + 1), ("last", last)]
        if page > 1:
            targets += [("first", 1), ("prev", page - 1)]
        links = [f'<{self.url}?{urlencode({**self.query, "page": number})}>; rel="{name}"' for name, number in targets]
        return slice((page - 1) * size, page * size), {"link": ", ".join(links)} if links else {}


Handler = Callable[[Call], Awaitable[Answer]]
# Who may come in at all, before any repository is looked at.
Audience = Literal["anyone", "app", "installation", "repository"]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    audience: Audience
    needs: Needs | None
    pattern: re.Pattern[str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")

    @property
    def resource(self) -> Resource:
        """Whose primary limit counts here. https://docs.github.com/rest/rate-limit/rate-limit"""
        if self.template == "/search/code":
            return "code_search"
        return "search" if self.template.startswith("/search/") else "core"


ROUTES: list[Route] = []


def route(name: str, needs: Needs | None = None, *, audience: Audience | None = None) -> Callable[[Handler], Handler]:
    """Register a handler under `METHOD /template`. With `needs`, the repository in the path is checked beforehand."""
    method, template = name.split(" ", 1)

    def register(handler: Handler) -> Handler:
        who = audience or ("repository" if needs else "anyone")
        ROUTES.append(Route(method, template, handler, who, needs, pattern_of(template)))
        return handler

    return register


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route for a path below the API's root, still percent-encoded, and its parameters, decoded. Of several that fit,
    the one with the most fixed parts wins, as on GitHub."""
    best: tuple[int, Route, dict[str, str]] | None = None
    for candidate in routes:
        if candidate.method != method:
            continue
        if found := candidate.pattern.fullmatch(path):
            fixed = fixed_parts(candidate.template)
            if best is None or fixed > best[0]:
                best = (fixed, candidate, {name: unquote(value or "") for name, value in found.groupdict().items()})
    return (best[1], best[2]) if best else None


def fixed_parts(template: str) -> int:
    """How particular a template is: of two that fit one path, the greater is meant."""
    return len(template.split("/")) * 100 - template.count("{")


def pattern_of(template: str) -> re.Pattern[str]:
    if template.endswith("/{path}"):  # the root has no name, and needs no slash before it
        return re.compile(pattern_of(template.removesuffix("/{path}")).pattern + "(?:/(?P<path>.*))?")

    def parameter(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in _NUMERIC:
            return f"(?P<{name}>[0-9]{{1,18}})"
        return f"(?P<{name}>{'.+' if name in _MULTI_SEGMENT else '[^/]+'})"

    parts = re.split(r"(\{\w+\})", template)
    return re.compile(
        "".join(re.sub(r"\{(\w+)\}", parameter, part) if part.startswith("{") else re.escape(part) for part in parts)
    )
