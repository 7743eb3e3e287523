"""What is said of a job that an agent has asked for in another repository: the issue there, the word on its end, and why there
is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.replies.markdown import code_span
from github_app.replies.wording import headline
from github_app.text.neutral import neutralise, neutralise_code, neutralise_line, neutralise_plain

MAX_TASK_CHARACTERS = 10_000
TITLE_CHARACTERS = 100


def marker(child: str) -> str:
    """What makes the issue and the word on its end findable after a crash. `child` is the child's id."""
    return f"<!-- harvest:spawned:{child} -->"


def issue_title(task: str) -> str:
    """The first line of the task."""
    first = (
        neutralise_plain(task.strip().partition("\n")[0], max_length=300).lstrip("# ").strip() or "Work for another repository"
    )
    return first if len(first) <= TITLE_CHARACTERS else f"{first[: TITLE_CHARACTERS - 1].rstrip()}…"


def issue_body(child: str, task: str, login: str, parent: str) -> str:
    """`parent` is the thread that the work belongs to, as `owner/name#7`."""
    return (
        f"{marker(child)}\n{neutralise(task, max_length=MAX_TASK_CHARACTERS)}\n\n"
        f"<sub>An agent of Harvest's asked for this at work on {parent}, for {code_span(login)}. Harvest works on it now; "
        "close this to stop that.</sub>"
    )


def started(repository: str, issue: int) -> str:
    """For the agent, and a note for people."""
    return f"Work was started in another repository: {repository}#{issue}."


def done_elsewhere(links: Sequence[str]) -> str:
    """Of a pull request; `links` are issues, as `owner/name#7`."""
    return f"More of this work is done in {' and '.join(links)}."


def ended(who: str, repository: str, issue: int, ending: Ending, report: JobReport, pull: int | None) -> str:
    """`who` is how whoever asked is told. The issue and the pull request `pull` are of the other repository."""
    what = f"{who} The work in {repository}#{issue}, which was started from here,"
    if ending.outcome == "waiting":
        return f"{what} waits for an answer there."
    what = f"{what} is over: {headline(ending, report).lower()}"
    if ending.outcome == "succeeded" and pull is not None:
        return f"{what}, with the pull request {repository}#{pull}."
    return f"{what}. {neutralise_line(ending.happened, max_length=500)}"


def ended_unnamed(who: str) -> str:
    """Where not all who read it may know of the other repository."""
    return (
        f"{who} Work in another repository, which was started from here, is over. That repository is not as public or private "
        "as this one any more, so nothing of it is told here."
    )


def not_asked_there(repository: str, names: list[str]) -> str:
    """`names` are those that could have been asked for."""
    could = ", ".join(names)
    return f"{code_span(neutralise_code(repository, max_length=150))} is not one of this repository's `spawn.into`: {could}."


def may_not(repository: str, login: str) -> str:
    """One sentence for whatever it is: who asks by an agent is not to learn what there is elsewhere."""
    return (
        f"No work can be started in {code_span(neutralise_code(repository, max_length=150))} from here: it has to be a "
        "repository of the same installation, as public or private as this one, that names this one in its `spawn.accept`, "
        f"and in which {code_span(login)} may ask for changes."
    )


def no_more(most: int) -> str:
    return f"A job may start {most} jobs in other repositories, and this one has."


def stopped(login: str) -> str:
    return f"It was stopped by {code_span(login)} before it began."


def given_up() -> str:
    return "GitHub could not be asked for a long time."


def not_begun(why: str) -> str:
    """`why` is a sentence of Harvest's."""
    return f"It could not be begun: {neutralise_line(why, max_length=500)}"


def closed_again(why: str) -> str:
    """Said in the issue there."""
    return f"Nothing is done about this: {neutralise_line(why, max_length=500)}"
