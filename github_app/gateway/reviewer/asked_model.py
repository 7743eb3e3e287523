"""What asking any model for a review comes to: an answer and what it used, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from github_app.gateway.model.prices import Tokens

# A model that thinks hard takes a minute or two. A job that is asked to stop waits no longer than that, all tries included.
ANSWER_SECONDS = 180.0

# A model that is busy is asked again: a plan is worth some seconds more.
TRIES = 3


@dataclass(frozen=True)
class Source:
    """A page that an answer rests on. Google gives an address of its own that leads there, and the site's name as title."""

    title: str
    url: str


@dataclass(frozen=True)
class Answer:
    """`text` is what the model said, `used` what that took, None when it did not say. `sources` and `queries` are what it
    found and asked for, where it could search the web."""

    text: str
    used: Tokens | None
    sources: tuple[Source, ...] = ()
    queries: tuple[str, ...] = ()


class NoAnswer(Exception):
    """The model gave none; the message says why, in words that can stand behind a colon. `paid` where it may have worked on
    one all the same."""

    def __init__(self, why: str, *, paid: bool = False) -> None:
        super().__init__(why)
        self.paid = paid
