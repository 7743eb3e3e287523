"""What has happened in a conversation, for those here who want to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Comment, Issue
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment
from emulators.github.model.teams import Team

Said = Comment | Review | ReviewComment


@dataclass(frozen=True)
class Happening:
    """Named as its webhook is; `said` is the comment or review that it is about."""

    event: str
    action: str
    repo: Repository
    issue: Issue
    sender: Account
    said: Said | None = None

    @property
    def about(self) -> Account | Team | None:
        """Who was assigned or asked for a review: the history has just got a line about it."""
        return self.issue.events[-1].about if self.issue.events else None

    @property
    def new_text(self) -> str | None:
        """What was written by this, if anything was; an edit is no new text."""
        if self.said:
            return self.said.body if self.action in ("created", "submitted") else None
        return self.issue.body if self.action == "opened" else None


Listener = Callable[[Happening], None]
