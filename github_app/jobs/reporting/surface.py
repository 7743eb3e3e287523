"""What a surface is to its reporter: a pure projection of the session's story, and how what it wants is put there.

A surface is one file beside this one and an entry in `surfaces.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.jobs.reporting.story import Story
from github_app.jobs.services import Services
from state.posts import Post

# How long after one edit that shows progress comes the next: GitHub takes 80 content changes a minute from an App in all, and
# one comment of one job gets a small part of that.
EDIT_SECONDS = 15.0


@dataclass(frozen=True)
class Wanted:
    """What should stand at a place of the surface. `moment` is what it says it for: something is said once for each, but for
    progress, which is said again when `look` differs, and not before `not_before`. What the agent does makes no difference
    before `deaf_until`, and none at all where that is None. Both in seconds since the epoch."""

    place: str
    job_id: str
    moment: str
    urgency: Urgency
    body: Mapping[str, Any]
    look: str = ""
    not_before: float = 0.0
    deaf_until: float | None = None

    def stands(self, post: Post | None) -> bool:
        """Whether this is what was put there last."""
        if post is None or post.github_id is None or post.moment != self.moment:
            return False
        return self.urgency is not Urgency.PROGRESS or post.look == self.look


class Surface(Protocol):
    """`name` is durable: what was put there is remembered under it."""

    name: str

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        """What should stand there, and is to be written if it does not. Pure. What is not in it is left as it is."""
        ...

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        """Put it there; gives its id."""
        ...

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        """Its id, if it was put there before."""
        ...

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        """Bring it to this; False when somebody deleted it."""
        ...
