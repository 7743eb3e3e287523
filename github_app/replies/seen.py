"""What Harvest saw of a job, whatever the agent says: commands with exit codes, files, time and cost. Pure."""

from __future__ import annotations

from github_app.domain.job_report import JobReport
from github_app.replies.facts import facts_of
from github_app.replies.markdown import code_span, counted, table_cell
from github_app.replies.tools import tools_line
from github_app.replies.wording import blocked
from github_app.text.neutral import neutralise_code

MAX_COMMANDS_SHOWN = 50
MAX_FILES_SHOWN = 100


def what_was_seen(report: JobReport) -> str:
    """All of it; empty when nothing was."""
    parts = [commands_seen(report)]
    if report.tools:
        parts.append(tools_line(report.tools))
    if report.blocked_hosts:
        parts.append(blocked(report.blocked_hosts, report.egress))
    parts.append(files_seen(report))
    facts = facts_of(report)
    if report.turns:
        facts.append(counted(report.turns, "turn"))
    parts.append(" · ".join(facts))
    return "\n\n".join(part for part in parts if part)


def commands_seen(report: JobReport) -> str:
    """Empty when it ran none."""
    if not report.commands:
        return ""
    commands = [
        (exit_mark(ran.exit_code), code_span(neutralise_code(ran.command, max_length=160)))
        for ran in report.commands[:MAX_COMMANDS_SHOWN]
    ]
    rows = [f"| {mark} | {table_cell(command)} |" for mark, command in commands]
    left_out = len(report.commands) - MAX_COMMANDS_SHOWN
    more = f"\n\nand {left_out} more" if left_out > 0 else ""
    return "### Commands it ran\n| exit code | command |\n| --- | --- |\n" + "\n".join(rows) + more


def files_seen(report: JobReport) -> str:
    """Empty when it changed none."""
    if not report.files:
        return ""
    rows = [f"- {code_span(neutralise_code(path, max_length=200))}" for path in report.files[:MAX_FILES_SHOWN]]
    left_out = len(report.files) - MAX_FILES_SHOWN
    more = f"\n- and {left_out} more" if left_out > 0 else ""
    return f"### Files it changed (+{report.insertions} -{report.deletions})\n" + "\n".join(rows) + more


def exit_mark(code: int | None) -> str:
    return "not finished" if code is None else str(code)
