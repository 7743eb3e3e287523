"""What `harvest jobs JOB` says of a job's tests."""

from __future__ import annotations

import pytest

from github_app.operator.cli.jobs import test_line as line_of
from state.evidence_ledger import RunRow

TREE = "ab" * 20


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (
            RunRow("j", "harvest", 2, "make\ntest", "test", True, 1.0, 3.5, 1, TREE, "", []),
            "tests, run 2 by Harvest: exit code 1, 2.5 s, tree abababababab: make test",
        ),
        (
            RunRow("j", "harvest", 3, "make test", "test", True, 1.0, None, None, "", "", []),
            "tests, run 3 by Harvest: not finished: make test",
        ),
        (
            RunRow("j", "shell", 1, "pytest", "test", False, 1.0, 1.0, 0, "", TREE, []),
            "tests, seen in the agent's shell: exit code 0, tree abababababab: pytest",
        ),
    ],
)
def test_a_run_is_a_line(run: RunRow, line: str) -> None:
    assert line_of(run) == line
