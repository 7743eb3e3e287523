"""How the tests that Harvest saw are told: which commands, with which exit codes, and what was edited since. Pure."""

from __future__ import annotations

from github_app.domain.evidence import Evidence, SeenRun
from github_app.replies.markdown import code_span, counted, table_cell
from github_app.text.neutral import neutralise_code

MAX_RUNS_SHOWN = 6

HEADING = "**Tests that Harvest saw the agent run**"
NONE_SEEN = "Harvest saw the agent run no tests."
EDITED_SINCE = "The last test run predates the last edit."


def tests_seen(evidence: Evidence) -> str:
    """Nothing in it is the agent's word but the commands, which it wrote."""
    if not evidence.runs:
        return NONE_SEEN
    shown = evidence.runs[-MAX_RUNS_SHOWN:]
    rows = "\n".join(f"| {code_of(run)} | {table_cell(command_of(run))} |" for run in shown)
    parts = [f"{HEADING}\n\n| exit code | command |\n| --- | --- |\n{rows}"]
    if evidence.total > len(shown):
        parts.append(f"{counted(evidence.total - len(shown), 'run')} before that.")
    if evidence.ended and evidence.edited_since:
        parts.append(EDITED_SINCE)
    return "\n\n".join(parts)


def code_of(run: SeenRun) -> str:
    if run.exit_code is None:
        return "not finished"
    return str(run.exit_code) if run.of == "test" else f"{run.exit_code}, of the whole line"


def command_of(run: SeenRun) -> str:
    return code_span(neutralise_code(run.command, max_length=160))
