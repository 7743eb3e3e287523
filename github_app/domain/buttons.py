"""The buttons of a check run, by the word that GitHub sends back when one is pressed."""

from __future__ import annotations

from enum import StrEnum


class Button(StrEnum):
    """The check run's buttons, by their identifier (at most 20 characters)."""

    STOP = "stop"
    RETRY = "retry"
    RESUME = "resume"
    APPROVE = "approve"
    REVISE = "revise"
    UNDO = "undo"
    FIX_CI = "fix-ci"
    MEMORY = "memory"
