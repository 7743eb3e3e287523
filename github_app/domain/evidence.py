"""What Harvest itself knows of the tests of an agent's work: those that it ran, and those that it saw in the agent's shell;
how they ended, on which files, and whether anything was edited afterwards. Pure.

What the agent says of its tests is no evidence and is not looked at. Where it is known on which files a run was, these are
compared with what is published; elsewhere edits count, as the agent's tools for that show them.
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
from state.evidence_ledger import RunRow, Source

# The latest runs; what is shown is fewer.
MAX_RUNS = 20
# Calls that were never answered are a stream's fault, and don't add up.
MAX_OPEN = 200
MAX_COMMAND_CHARACTERS = 500

EDITS = frozenset({"Edit", "MultiEdit", "NotebookEdit", "Write"})

# The CLI's name for Harvest's own tool, github_app/jobs/own_tools/run_tests.py
RUN_TESTS = "mcp__harvest__run_tests"

# Whose exit code it is: the test's own, or that of the whole line, in which something stands behind the test.
Whose = Literal["test", "line"]
# How the files of a run stand to others: the same, the same but for what the run itself wrote, others, or not known.
Files = Literal["same", "same before it wrote", "other", "unknown"]


class SeenRun(msgspec.Struct, frozen=True):
    """A command that runs tests, as it was written. `exit_code` is None when it was not seen to end. `source` says whether
    Harvest ran it, and `whole` that it was the repository's own command and nothing that the agent added. `tree` and
    `tree_after` are git's names for all files before and after it, empty where they are not known, the latter also where a run
    of Harvest's own changed or removed files instead of adding some; `at` is when it ended, in
    seconds since the epoch, 0 where that is not known. `failed` are names of tests."""

    command: str
    exit_code: int | None
    of: Whose = "test"
    source: Source = "shell"
    whole: bool = False
    at: float = 0.0
    tree: str = ""
    tree_after: str = ""
    failed: tuple[str, ...] = ()

    def files_are(self, tree: str) -> Files:
        """How the files that it ran on stand to that tree."""
        if not tree or not (self.tree or self.tree_after):
            return "unknown"
        if self.source == "shell":  # seen when it had ended
            return "same" if self.tree_after == tree else "other"
        return "same" if self.tree == tree else "same before it wrote" if self.tree_after == tree else "other"


class Evidence(msgspec.Struct, frozen=True):
    """The latest runs from each source, the first one first, of `total`. `edited_since`: files were edited after the last run
    had begun that came to its end."""

    runs: tuple[SeenRun, ...] = ()
    total: int = 0
    edited_since: bool = False

    def then(self, later: Evidence) -> Evidence:
        """Of two jobs on one branch, one after the other."""
        edited = later.edited_since if later.ended else self.edited_since or (self.ended and later.edited_since)
        return Evidence(latest((*self.runs, *later.runs)), self.total + later.total, edited)

    @property
    def ended(self) -> bool:
        """Whether there is a run that came to its end."""
        return self.last_ended is not None

    @property
    def last_ended(self) -> SeenRun | None:
        """The last run that came to its end."""
        return next((run for run in reversed(self.runs) if run.exit_code is not None), None)

    @property
    def last_by_harvest(self) -> SeenRun | None:
        """The last run of all of the repository's tests that Harvest did itself."""
        return next((run for run in reversed(self.runs) if run.whole and run.exit_code is not None), None)

    def predates_edits(self, tree: str) -> bool:
        """Whether the last run that ended was before the last edit of what came to be that tree, as far as is known."""
        last = self.last_ended
        if last is None:
            return False
        files = last.files_are(tree)
        return self.edited_since if files == "unknown" else files == "other"

    def shows_that_tests_pass(self, tree: str) -> bool:
        """Whether the last run that ended passed, and was on that tree as far as is known. What Harvest ran on it itself
        counts more than what was seen in a shell."""
        by_harvest, last = self.last_by_harvest, self.last_ended
        if by_harvest is not None and by_harvest.files_are(tree) in ("same", "same before it wrote"):
            last = by_harvest
        return last is not None and last.exit_code == 0 and last.of == "test" and not self.predates_edits(tree)


@dataclass
class EvidenceSeen:
    """Fed with every event of a run in order, by `follow`. `configured` are the repository's own test commands, `calls` is how
    many tools were called."""

    configured: Sequence[str] = ()
    runs: deque[SeenRun] = field(default_factory=lambda: deque(maxlen=MAX_RUNS))
    total: int = 0
    edits: int = 0
    edits_at_last_run: int = 0
    calls: int = 0
    _open: dict[str, tuple[ToolCalled, Standing | None, int]] = field(default_factory=dict)

    def follow(self, event: StreamEvent) -> None:
        match event:
            case ToolCalled():
                self._called(event)
            case ToolAnswered():
                self._answered(event)

    def _called(self, call: ToolCalled) -> None:
        self.calls += 1
        found = None
        if call.name == "Bash":
            found = where_a_test_stands(str(call.input.get("command", "")), self.configured)
        elif call.name not in EDITS and call.name != RUN_TESTS:
            return
        if len(self._open) < MAX_OPEN:
            self._open[call.id] = (call, found, self.edits)

    def _answered(self, answer: ToolAnswered) -> None:
        call, found, edits_before = self._open.pop(answer.id, (None, None, 0))
        if call is None:
            return
        if call.name in EDITS:
            self.edits += not answer.is_error
        elif call.name == RUN_TESTS and not answer.is_error:
            self.edits_at_last_run = edits_before  # the run itself is in the ledger
        elif found is not None:
            code = exit_code_of(call, answer)
            whose: Whose = "test" if found == "last" or (found == "all must succeed" and code == 0) else "line"
            self.runs.append(SeenRun(str(call.input["command"])[:MAX_COMMAND_CHARACTERS], code, whose))
            self.total += 1
            if code is not None:
                self.edits_at_last_run = edits_before

    @property
    def edited_since(self) -> bool:
        """Edits before the first run are none since one; without a run they are all later than any of an earlier job's."""
        return self.edits > self.edits_at_last_run


def exit_code_of(call: ToolCalled, answer: ToolAnswered) -> int | None:
    """None for what goes on in the background: it has not ended when it is answered."""
    return None if call.input.get("run_in_background") else exit_code(answer)


def evidence_in(rows: Sequence[RunRow], *, seen: int, edited_since: bool) -> Evidence:
    """What a job's rows in the ledger show, in their order. `seen` is how many runs there were in the agent's shell: the
    earliest may be in the ledger no more."""
    runs = tuple(
        SeenRun(
            command=row.command[:MAX_COMMAND_CHARACTERS],
            exit_code=row.exit_code,
            of="line" if row.code_of == "line" else "test",
            source=row.source,
            whole=row.whole,
            at=row.ended_at or 0.0,
            tree=row.tree,
            tree_after=row.tree_after,
            failed=tuple(row.failed),
        )
        for row in rows
    )
    by_harvest = sum(row.source == "harvest" for row in rows)
    return Evidence(latest(runs), seen + by_harvest, edited_since)


def latest(runs: Sequence[SeenRun]) -> tuple[SeenRun, ...]:
    """The latest from each source: no number of runs in a shell takes one of Harvest's own out of sight."""
    kept: list[SeenRun] = []
    room = {"harvest": MAX_RUNS, "shell": MAX_RUNS}
    for run in reversed(runs):
        if room[run.source]:
            room[run.source] -= 1
            kept.append(run)
    return tuple(reversed(kept))
