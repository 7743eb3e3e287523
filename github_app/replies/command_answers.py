"""What is answered to a command that starts no job: what was asked for, what was done at once, why nothing was started. Pure.

A caller neutralises what a person or the agent wrote before it is put into one of these.
"""

from __future__ import annotations

from collections.abc import Sequence

from github_app.replies.markdown import code_span, counted
from github_app.settings.repository import SETTINGS_FILE
from github_app.text.neutral import neutralise_code, neutralise_line


def help_text(
    command: str,
    labels: Sequence[tuple[str, str]],
    rows: Sequence[tuple[str, str]],
    options: Sequence[tuple[str, str, str]],
) -> str:
    """`labels` are those that say something, each with its verb; `rows` are what can be written after the command word, and
    what Harvest then does; `options` what can be put before the text, what Harvest then does, and which verbs have that."""
    same = [f"`{label}` the same as `{command if verb == 'do' else f'{command} {verb}'}`" for label, verb in labels]
    table = "\n".join(f"| `{f'{command} {syntax}'.strip()}` | {help} |" for syntax, help in rows)
    more = "\n".join(f"| `{syntax}` | {help} | {verbs} |" for syntax, help, verbs in options)
    return (
        f"This is what Harvest understands here, at the beginning of a line:\n\n"
        f"| write | and Harvest |\n| --- | --- |\n{table}\n\n"
        f"Options stand before the text:\n\n| write | and Harvest | with |\n| --- | --- | --- |\n{more}\n\n"
        f"A label does what a command does: {', '.join(same)}. Taking it off before the work starts withdraws the "
        f"request; closing the issue stops it. Asking takes write permission on this repository."
    )


def goes_on_though_closed(login: str, command: str) -> str:
    return (
        f"{login} closed this and has no write permission here, so the work goes on. "
        f"Someone who has it can write `{command} stop`."
    )


def nothing_here() -> str:
    return "Nothing is running or waiting here."


def nothing_waits() -> str:
    return "Nothing waits behind it."


def how_to_drop(command: str) -> str:
    return f"`{command} queue drop 1` takes the first one out."


def no_such_place(waiting: int, command: str) -> str:
    waits = (
        "Nothing waits here"
        if waiting == 0
        else f"The queue has the numbers 1 to {waiting}"
        if waiting > 1
        else "One waits here"
    )
    return f"{waits}: nothing was taken out. `{command} queue` lists what waits."


def dropped(asked: str) -> str:
    """`asked` says who asked for what."""
    return f"Taken out of the queue: {asked}."


def nothing_to_retry() -> str:
    return "Nothing was asked for here before, so there is nothing to do once more."


def nothing_to_resume(command: str) -> str:
    return (
        "The last request here came to its end, or its agent had not begun: there is nothing to go on with. "
        f"`{command} retry` does it once more from the beginning."
    )


def resumed_before() -> str:
    return "That was gone on with already. Nothing was started."


def still_at_work() -> str:
    return "The last request here has not ended yet. Nothing was started: stop it first, or wait for its end."


def no_check_fails(sha: str, unfinished: int) -> str:
    more = f" {counted(unfinished, 'check')} did not end yet: ask again then." if unfinished else ""
    return f"No check fails on {code_span(sha[:7])}.{more} Nothing was started."


def checks_not_read(reason: str) -> str:
    """`reason` is GitHub's, or says what the App lacks."""
    told = neutralise_line(reason, max_length=300)
    return f"The checks can't be read: {told}. An owner has to accept the App's new permissions. Nothing was started."


def settings_not_used(problem: str) -> str:
    """`problem` may hold a part of the file."""
    why = code_span(neutralise_code(problem, max_length=500))
    return f"`{SETTINGS_FILE}` can't be used, so nothing is started here until it is mended: {why}"


def nothing_to_steer(command: str) -> str:
    return f"No agent is at work here that could be told. `{command} …` asks for it as the next request."


def too_late_to_stop() -> str:
    return "It is too late to stop it: the work is being published."


def stopped_everywhere(threads: Sequence[int], withdrawn: int) -> str:
    """`threads` are those in which something was asked to stop, `withdrawn` the requests that nobody had read yet."""
    if not threads and not withdrawn:
        return "Nothing is running or waiting in this repository."
    where = f": {', '.join(f'#{thread}' for thread in threads)}" if threads else ""
    more = f" {counted(withdrawn, 'request')} that nobody had read yet will not begin." if withdrawn else ""
    return f"What runs and waits in this repository was asked to stop{where}.{more}"


def queued_here(requests: int) -> str:
    return "One request waits for its turn here." if requests == 1 else f"{requests} requests wait for their turn here."


def under_way() -> str:
    return "That is what was asked for here, so nothing more was started."


def about_to_end() -> str:
    return "The same was asked for here and is about to end. Nothing more was started: ask again then."


def session_cost(amount: str) -> str:
    return f"The requests here cost {amount} so far."
