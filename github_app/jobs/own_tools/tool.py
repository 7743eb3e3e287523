"""What one of Harvest's own tools is, and what it is handed when the agent calls it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from github_app.gateway.tools.arguments import text_of
from github_app.jobs.context import JobContext
from github_app.jobs.services import Services
from state.job_tools import Place


@dataclass(frozen=True)
class Call:
    """One call: for which job, and with which arguments, which are the agent's and may be of any shape."""

    services: Services
    place: Place
    arguments: Mapping[str, Any]

    async def context(self) -> JobContext:
        """The job, with what its steps have found out so far."""
        return await JobContext.load(self.services, self.place.job_id)

    def text(self, name: str, *, most: int) -> str:
        """A text that has to be there. Raises Unclear."""
        given = {name: value for name, value in self.arguments.items() if value is not None}
        return text_of(given, name, most=most).strip()

    def text_or_none(self, name: str, *, most: int) -> str | None:
        """A text that may be left out. Raises Unclear."""
        if self.arguments.get(name) is None:
            return None
        return text_of(self.arguments, name, most=most, needed=False).strip()


def to_all(context: JobContext) -> bool:
    return True


@dataclass(frozen=True)
class OwnTool:
    """`arguments` are the properties of a JSON schema, of which those in `needed` have to be there. One that `changes`
    something is not offered to jobs that only read, and `offered` says to which others, since each turn of the model reads all
    of them. `answer` gives the text that the agent reads, or raises Unclear."""

    name: str
    description: str
    arguments: Mapping[str, Any]
    needed: tuple[str, ...]
    changes: bool
    answer: Callable[[Call], Awaitable[str]]
    offered: Callable[[JobContext], bool] = to_all
