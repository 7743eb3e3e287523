"""What the operator can mend. A module of its own, so that who catches it need not load what raises it."""

from __future__ import annotations


class OperatorProblem(Exception):
    """The message says what is wrong and what to do, in one line for each thing."""
