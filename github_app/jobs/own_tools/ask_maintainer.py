"""The agent asks people something. The question is put to them when its job ends with that, and an answer goes on with it."""

from __future__ import annotations

from github_app.domain.ask import Ask, By
from github_app.domain.question import MAX_ANSWER_CHARACTERS, MAX_OPTIONS, MAX_QUESTION_CHARACTERS, MOST_IN_A_ROW
from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.context import JobContext
from github_app.jobs.own_tools.tool import Call, OwnTool

# What an answer goes on with as it was: a change on its branch, or a plan. Who answers a question answers by ending its turn.
MAY_ASK = frozenset({"change", "plan"})
# What people let happen by itself asks them nothing.
NOBODY_WAITS = frozenset({"auto"})


def has_somebody_to_ask(context: JobContext) -> bool:
    """A watch's job was not asked for just now, and is tried again by it."""
    recipe, ask = context.job.recipe.partition("/")[0], context.ask
    return recipe in MAY_ASK and ask.command.verb not in NOBODY_WAITS and ask.origin.by is not By.WATCH


async def ask_maintainer(call: Call) -> str:
    question = call.text("question", most=MAX_QUESTION_CHARACTERS)
    options = options_in(call)
    default = call.text_or_none("default", most=MAX_ANSWER_CHARACTERS) or ""
    context = await call.context()
    if not has_somebody_to_ask(context):
        raise Unclear(
            "nobody waits for a question of this job: decide it yourself, and say in your last message what you took"
        )
    number = await asked_in_a_row(context) + 1
    if number > MOST_IN_A_ROW:
        raise Unclear(
            f"you have asked {MOST_IN_A_ROW} questions about this request: decide the rest yourself, and say in your last "
            "message what you took for granted"
        )
    new = await context.services.questions.ask(
        context.job.id,
        session_id=context.session.id,
        number=number,
        question=question,
        options=options,
        default_answer=default,
    )
    if not new:
        raise Unclear("you have asked already, and the first question stands: end your turn now")
    return (
        "It is put to people when your turn ends. End it now, with a word on how far you have come: nobody can answer while "
        "you are at work. Your sandbox is kept, and you go on in it with the answer."
    )


def options_in(call: Call) -> list[str]:
    """What there is to choose from, maybe nothing. Raises Unclear."""
    given = call.arguments.get("options")
    if given is None:
        return []
    are_texts = isinstance(given, list) and all(isinstance(one, str) and len(one.strip()) > 0 for one in given)
    if not are_texts or len(given) > MAX_OPTIONS or any(len(one) > MAX_ANSWER_CHARACTERS for one in given):
        raise Unclear(
            f"options: a list of at most {MAX_OPTIONS} texts of at most {MAX_ANSWER_CHARACTERS} characters is needed"
        )
    return [" ".join(one.split()) for one in given]


async def asked_in_a_row(context: JobContext) -> int:
    """How many questions were asked about this request before: each by the job that was gone on with."""
    earlier: Ask = context.ask
    if not earlier.resumes:
        return 0
    asked = await context.services.questions.of_job(earlier.resumes)
    return 0 if asked is None else asked.number


TOOL = OwnTool(
    name="ask_maintainer",
    description="Ask people something that only they can decide, when a wrong guess would waste the work; not what you can "
    "find out. End your turn after it: you go on where you stopped when somebody has answered, which may take days.",
    arguments={
        "question": {"type": "string", "description": "What to decide, and what depends on it, in markdown"},
        "options": {"type": "array", "items": {"type": "string"}, "description": "What there is to choose from"},
        "default": {"type": "string", "description": "What you go on with if nobody answers; without it the work then ends"},
    },
    needed=("question",),
    changes=False,
    answer=ask_maintainer,
    offered=has_somebody_to_ask,
)
