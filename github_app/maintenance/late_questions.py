"""Questions that nobody has answered in time: the work goes on with the default, or ends with a sentence."""

from __future__ import annotations

import structlog

from github_app.commands.answering import when_nobody_answers
from github_app.jobs.services import Services
from github_app.maintenance.due import look_after_rows
from state.due_rows import MOST_FAILURES
from state.questions import AskedQuestion

log = structlog.get_logger()


async def settle_late_questions(services: Services) -> None:
    """For ever; ends only by cancellation."""

    async def look(question: AskedQuestion) -> None:
        if question.failures < MOST_FAILURES:
            await when_nobody_answers(services, question)
        else:  # nobody can be told there
            log.warning("a question is given up", job=question.job_id)
            await services.questions.close(question.job_id, "unanswered")

    await look_after_rows(services.leases, "question", services.questions, look)
