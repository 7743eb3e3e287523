"""A question of the agent's on its way to people, and an answer on its way back.

The agent asks by a tool (`github_app/jobs/own_tools/`) and ends its turn. Only then the question is put to people, as how its
job ends; so it is asked once, whatever crashes, and nobody answers an agent that is still at work.
"""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.ask import Answered, Ask, By
from github_app.domain.question import Question
from github_app.jobs.agent.prompt import said_with
from github_app.jobs.context import JobContext
from github_app.jobs.results import SandboxReleased
from github_app.text.hostile import clean

HOUR_SECONDS = 3600.0


async def question_for_people(context: JobContext) -> Question | None:
    """What the job's agent has asked, open from now on; None when it asked nothing. The same however often it is called."""
    asked = await context.services.questions.of_job(context.job.id)
    if asked is None:
        return None
    until = await context.services.questions.open(
        context.job.id, seconds=context.services.settings.answer_hours * HOUR_SECONDS
    )
    return Question(asked.question, tuple(asked.options), asked.default_answer, until)


async def remembers_what_it_asked(context: JobContext) -> bool:
    """Whether the conversation that the session goes on with has the question: it was kept when the job that asked was over.
    What was said to the agent since is in it too."""
    asking = await JobContext.load(context.services, context.ask.resumes)
    released = asking.latest(SandboxReleased)
    return released is not None and released.snapshot is not None


def answered_prompt(ask: Ask, answered: Answered, notes: Sequence[str]) -> str:
    """The prompt for an agent that remembers what it was asked, and what it asked."""
    goes_on = (
        "Go on with what you were asked then, from where you stopped: look at what is in the working directory and in git "
        "first. End as you were asked to, with a message for all of the work."
    )
    return "\n\n".join([f"You asked:\n\n{clean(answered.question).strip()}", answer_in_words(ask, answered), goes_on, *notes])


def asked_and_answered(instruction: str, ask: Ask, answered: Answered) -> str:
    """What is told an agent of a request in which another one has asked something."""
    return (
        f"{instruction}\n\n"
        "An agent before you began with this and had a question. What is left of its work is in the working directory and in "
        f"git: look at that first, and go on from there. It asked:\n\n{clean(answered.question).strip()}\n\n"
        f"{answer_in_words(ask, answered)}"
    )


def answer_in_words(ask: Ask, answered: Answered) -> str:
    options = "\n".join(f"{number}. {clean(option).strip()}" for number, option in enumerate(answered.options, 1))
    choice = f"There was this to choose from:\n\n{options}\n\n" if options else ""
    answer = clean(answered.answer).strip()
    if ask.origin.by is By.SILENCE:
        return f"{choice}Nobody answered in time, so what you named for that holds:\n\n{answer}"
    return f"{said_with(answered.material)}{choice}{ask.actor.login}, who may decide here, answers:\n\n{answer}"


# For an agent that remembers a question of its own which nobody has answered as such.
UNANSWERED = (
    "Before this you asked a question, and nobody has answered it as such. If what is said now is the answer, go on with what "
    "you had been asked then. Else do what is asked now; of the other, do only what this needs."
)
