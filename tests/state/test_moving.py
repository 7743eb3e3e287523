"""What is moved into another database is all of it: a table that is new has to be moved, or to be left behind on purpose."""

from __future__ import annotations

import state.artifacts
import state.executors
import state.leases
import state.pace_rows
import state.standbys
import state.write_probe
from state import session_files
from state.moving import MOVED, MOVED_OF_SESSIONS
from state.tables import metadata

# What belongs to running processes, and what moves as files.
LEFT_BEHIND = {
    state.executors.executors,
    state.leases.leases,
    state.pace_rows.github_paces,
    state.standbys.standbys,
    state.write_probe.write_probe,
    state.artifacts.artifacts,
    state.artifacts.artifact_chunks,
}


def test_every_table_is_moved_or_left_behind_on_purpose() -> None:
    assert set(MOVED) | LEFT_BEHIND == set(metadata.tables.values())
    assert set(MOVED_OF_SESSIONS) == set(session_files.metadata.tables.values())
