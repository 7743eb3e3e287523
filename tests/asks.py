"""Asks as people make them, for tests of what comes after."""

from __future__ import annotations

from github_app.domain.ask import Account, Ask, By, Command, Origin, PullHead, Repository, Target

MAINTAINER = Account(1, "maintainer")


def an_ask(
    text: str = "",
    *,
    verb: str = "do",
    by: By = By.COMMENT,
    origin_id: int = 2,
    at: str = "2026-01-01T00:00:00Z",
    actor: Account = MAINTAINER,
    thread: int = 7,
    title: str = "A bug",
    body: str = "It breaks.",
    pull: PullHead | None = None,
) -> Ask:
    repository = Repository(9, "acme/slugs", "main")
    target = Target(5, repository, thread, "issue" if pull is None else "pull", title, body, pull=pull)
    return Ask(Command(verb, text), Origin(by, origin_id, at), actor, target)
