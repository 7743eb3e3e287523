"""What Harvest itself saw of an agent's tests, folded out of its events: which runs there were, how they ended, and whether
anything was edited afterwards. Pure.

What the agent says of its tests is no evidence and is not looked at. Edits are those of its tools for that; what a shell
command may have changed is not known, and nothing is concluded from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from github_app.domain.progress import exit_code
from github_app.domain.shell_tests import Standing, where_a_test_stands
from sandbox.stream import StreamEvent, ToolAnswered, ToolCalled

# The latest runs; what is shown is fewer.
MAX_RUNS = 20
# Calls that were never answered are a stream's fault, and don't add up.
MAX_OPEN = 200
MAX_COMMAND_CHARACTERS = 500

EDITS = frozenset({"Edit", "MultiEdit", "NotebookEdit", "Write"})

# Whose exit code it is: the test's own, or that of the whole line, in which something stands behind the test.
Whose = Literal["test", "line"]


class SeenRun(msgspec.Struct, frozen=True):
    """A command that runs tests, as it was written. `exit_code` is None when it was not seen to end."""

    command: str
    exit_code: int | None
    of: Whose = "test"


class Evidence(msgspec.Struct, frozen=True):
    """The latest runs, the first one first, of `total`. `edited_since`: files were edited after the last run had begun that
    came to its end."""

    runs: tuple[SeenRun, ...] = ()
    total: int = 0
    edited_since: bool = False

    def then(self, later: Evidence) -> Evidence:
        """Of two jobs on one branch, one after the other."""
        edited = later.edited_since if later.ended else self.edited_since or (self.ended and later.edited_since)
        return Evidence((*self.runs, *later.runs)[-MAX_RUNS:], self.total + later.total, edited)

    @property
    def ended(self) -> bool:
        """Whether there is a run that came to its end."""
        return any(run.exit_code is not None for run in self.runs)


@dataclass
class EvidenceSeen:
    """Fed with every event of a run in order, by `follow`. `configured` are the repository's own test commands."""

    configured: Sequence[str] = ()
    runs: deque[SeenRun] = field(default_factory=lambda: deque(maxlen=MAX_RUNS))
    total: int = 0
    edits: int = 0
    edits_at_last_run: int = 0
    _open: dict[str, tuple[ToolCalled, Standing | None, int]] = field(default_factory=dict)

    def follow(self, event: StreamEvent) -> None:
        match event:
            case ToolCalled():
                self._called(event)
            case ToolAnswered():
                self._answered(event)

    def _called(self, call: ToolCalled) -> None:
        found = None
        if call.name == "Bash":
            found = where_a_test_stands(str(call.input.get("command", "")), self.configured)
        elif call.name not in EDITS:
            return
        if len(self._open) < MAX_OPEN:
            self._open[call.id] = (call, found, self.edits)

    def _answered(self, answer: ToolAnswered) -> None:
        call, found, edits_before = self._open.pop(answer.id, (None, None, 0))
        if call is None:
            return
        if call.name in EDITS:
            self.edits += not answer.is_error
        elif found is not None:
            code = exit_code_of(call, answer)
            whose: Whose = "test" if found == "last" or (found == "all must succeed" and code == 0) else "line"
            self.runs.append(SeenRun(str(call.input["command"])[:MAX_COMMAND_CHARACTERS], code, whose))
            self.total += 1
            if code is not None:
                self.edits_at_last_run = edits_before

    @property
    def evidence(self) -> Evidence:
        """Edits before the first run are none since one; without a run they are all later than any of an earlier job's."""
        return Evidence(tuple(self.runs), self.total, self.edits > self.edits_at_last_run)


def exit_code_of(call: ToolCalled, answer: ToolAnswered) -> int | None:
    """None for what goes on in the background: it has not ended when it is answered."""
    return None if call.input.get("run_in_background") else exit_code(answer)
