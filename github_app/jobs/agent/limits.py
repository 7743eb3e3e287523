"""When an agent must end, as Harvest sees it from outside of the sandbox. Pure.

The supervisor in the sandbox is asked first, since it lets the agent end in good order. But it runs beside the agent, which
can freeze it, kill it or take its messages away. So it has a grace for what it was asked to do; after that Harvest itself ends
all that runs in the sandbox.
"""

from __future__ import annotations

# The CLI's own exit on a signal takes a moment to write its transcript.
GRACE_SECONDS = 3.0

# The supervisor's INT, TERM and KILL, and its last writing.
ASKED_SECONDS = 3 * GRACE_SECONDS + 3

# What one agent may write, the answers of its tools included: some fifty times what an hour's work comes to.
MAX_WRITTEN_BYTES = 128 * 1024**2

# What a job's events may take in the session's database. Small lines take several times more room there than they have.
MAX_KEPT_BYTES = 32 * 1024**2


def must_end(now: float, *, asked_seconds_ago: float | None, deadline: float | None) -> bool:
    """Whether to end it from outside. `now` and `deadline` are in seconds since the epoch; `asked_seconds_ago` is None as long
    as nobody has asked it to end."""
    was_asked = asked_seconds_ago is not None and asked_seconds_ago > ASKED_SECONDS
    return was_asked or is_past(now, deadline)


def is_past(now: float, deadline: float | None) -> bool:
    """Whether its time is over, and with it the grace that the supervisor had to say so."""
    return deadline is not None and now > deadline + ASKED_SECONDS
