"""An ask that nobody said just now: a watch's, one that an agent makes elsewhere, one that goes on because nobody answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from github_app.commands.verb import Call
from github_app.domain.ask import Ask
from github_app.jobs.services import Services


@dataclass(frozen=True)
class QuietCall(Call):
    """What would be answered is kept in `said`, for whoever makes the ask."""

    said: list[str] = field(default_factory=list)

    async def say(self, text: str) -> None:
        self.said.append(text)


def quiet_call(services: Services, ask: Ask, job_id: str) -> QuietCall:
    return QuietCall(services, ask, job_id, (), as_it_is)


async def as_it_is(call: Call) -> str:
    raise AssertionError("what nobody said just now does not become another ask")
