"""Why a job is asked to stop. Pure."""

from __future__ import annotations

from enum import StrEnum


class StopReason(StrEnum):
    """As it stands in the job's row."""

    COMMAND = "command"
    COMMAND_TO_KEEP = "command to keep"
    BUTTON = "button"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


def how_it_was_stopped(reason: StopReason, by: str) -> str:
    """The sentence for the thread. `by` is the login of the person who asked for it."""
    match reason:
        case StopReason.WITHDRAWN:
            return f"{by} took the label off before the work began."
        case StopReason.CLOSED:
            return f"{by} stopped this job because the thread was closed."
        case StopReason.COMMAND | StopReason.COMMAND_TO_KEEP | StopReason.BUTTON:
            return f"{by} stopped this job."


# What is done so far becomes a draft pull request. The check run's button says that it does.
KEEPING = frozenset({StopReason.BUTTON, StopReason.COMMAND_TO_KEEP})
