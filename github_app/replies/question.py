"""How a question of an agent's is put to people: what it asks, how to answer, and until when. Pure."""

from __future__ import annotations

from github_app.domain.question import MAX_ANSWER_CHARACTERS, MAX_QUESTION_CHARACTERS, Question
from github_app.replies.markdown import code_span, moment
from github_app.text.neutral import neutralise, neutralise_line

VERB = "answer"


def asked(question: Question, command: str) -> str:
    """All of it, as markdown. `command` is what a command begins with there. Quoted, so that it is seen who speaks."""
    text = neutralise(question.text, max_length=MAX_QUESTION_CHARACTERS)
    parts = ["\n".join(f"> {line}".rstrip() for line in text.split("\n"))]
    if question.options:
        shown = [neutralise_line(option, max_length=MAX_ANSWER_CHARACTERS) for option in question.options]
        parts.append("\n".join(f"{number}. {option}" for number, option in enumerate(shown, 1)))
    parts.append(how_to_answer(question, command))
    return "\n\n".join(parts)


def how_to_answer(question: Question, command: str) -> str:
    """What it takes, and what comes of it when nobody does."""
    choose = ", and the number of one of these will do" if question.options else ""
    how = f"Answer with {code_span(f'{command} {VERB} …')} here{choose}. "
    return (
        f"{how}The work then goes on where it stopped. A comment without that is not read as the answer, and another request "
        f"here withdraws the question. {without_one(question)}"
    )


def without_one(question: Question) -> str:
    until = moment(question.until)
    if not question.default:
        return f"If nobody answers by {until}, it ends here."
    default = neutralise_line(question.default, max_length=MAX_ANSWER_CHARACTERS)
    return f"If nobody answers by {until}, it goes on with: {default}"


def waits_until(question: Question, command: str) -> str:
    """A line for where the question itself does not stand."""
    until = moment(question.until)
    return f"{code_span(f'{command} {VERB} …')} answers it, until {until}."


def none_open(command: str) -> str:
    return f"No question waits for an answer here. {code_span(f'{command} …')} asks for the next thing."


def answered_before() -> str:
    return "Somebody has answered that already, and the work goes on with it. Nothing was started."


def withdrawn() -> str:
    return "The question that waited here is withdrawn."


def nobody_answered(who: str, command: str) -> str:
    """`who` is how whoever asked is told: nothing more comes by itself."""
    return (
        f"{who} Nobody has answered in time, so this ends here. {code_span(f'{command} {VERB} …')} still goes on with it, "
        "until something else is asked for here."
    )


def not_gone_on(who: str, why: str) -> str:
    """`why` is a sentence, `who` as above."""
    told = neutralise_line(why, max_length=500)
    return f"{who} Nobody has answered in time, and the work could not go on with the default: {told}"


def went_on_with(default: str) -> str:
    """A note: nobody had answered."""
    return f"Nobody answered the question in time, so the work went on with: {default}"
