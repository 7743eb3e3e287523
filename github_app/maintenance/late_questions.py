"""Questions that nobody has answered in time: the work goes on with the default, or ends with a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from github_app.commands.answering import when_nobody_answers
from github_app.jobs.services import Services
from github_app.maintenance.due import MOST_FAILURES
from state.questions import AskedQuestion

log = structlog.get_logger()


class LateQuestions:
    """A `Due`."""

    name = "question"

    def __init__(self, services: Services) -> None:
        self._services = services

    async def rows(self, limit: int) -> Sequence[AskedQuestion]:
        return await self._services.questions.due(limit)

    def id_of(self, row: AskedQuestion) -> str:
        return row.job_id

    def failures_of(self, row: AskedQuestion) -> int:
        return row.failures

    async def look(self, row: AskedQuestion) -> None:
        if row.failures >= MOST_FAILURES:  # nobody can be told there
            log.warning("a question is given up", job=row.job_id)
            await self._services.questions.close(row.job_id, "unanswered")
            return
        await when_nobody_answers(self._services, row.job_id)

    async def put_off(self, row: AskedQuestion, seconds: float) -> None:
        await self._services.questions.put_off(row.job_id, seconds)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
