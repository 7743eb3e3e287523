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
    DROPPED = "dropped"


# What is done so far becomes a draft pull request. The check run's button says that it does.
KEEPING = frozenset({StopReason.BUTTON, StopReason.COMMAND_TO_KEEP})
