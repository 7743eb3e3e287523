"""How the tests are told, from Harvest's ledger: what Harvest ran itself, what it saw in the agent's shell, on which files,
and what the agent only claims. Pure.
"""

from __future__ import annotations

from github_app.domain.claims_of_tests import says_that_tests_pass
from github_app.domain.evidence import Evidence, Files, SeenRun
from github_app.domain.job_report import JobReport
from github_app.replies.markdown import code_span, counted, moment, table_cell
from github_app.text.neutral import neutralise_code

MAX_RUNS_SHOWN = 6
MAX_FAILED_SHOWN = 5
TREE_CHARACTERS = 12

HEADING = "**Tests, as Harvest's own ledger has them**"
NONE_SEEN = "Harvest ran no tests, and saw the agent run none."
IN_THE_SHELL_ALONE = (
    "Harvest ran no tests itself. These were seen in the agent's shell, which shows what the agent lets it show."
)
EDITED_SINCE = "The last test run predates the last edit."
CLAIM = "What else is said of tests here is the agent's claim."
CLAIM_WITHOUT_EVIDENCE = "**A claim, and no more:** the agent says that tests pass, and the ledger does not show that."
RUN_BY = {"harvest": "Harvest", "shell": "the agent, in its shell"}


def tests_seen(report: JobReport) -> str:
    """Nothing in it is the agent's word but the commands, which it wrote, and names of tests; empty where no agent worked."""
    evidence = report.evidence
    if evidence is None:
        return ""
    claim = claim_without_evidence(report)
    if not evidence.runs:
        return "\n\n".join(filter(None, [NONE_SEEN, claim]))
    shown = evidence.runs[-MAX_RUNS_SHOWN:]
    rows = "\n".join(row_of(run, report.tree) for run in shown)
    parts = [
        f"{HEADING}\n\n{by_harvest(evidence, report.tree) or IN_THE_SHELL_ALONE}",
        f"| exit code | command | run by | at | files |\n| --- | --- | --- | --- | --- |\n{rows}",
    ]
    if evidence.total > len(shown):
        parts.append(f"{counted(evidence.total - len(shown), 'run')} before that.")
    if evidence.predates_edits(report.tree):
        parts.append(EDITED_SINCE)
    return "\n\n".join([*parts, claim or CLAIM])


def tests_in_short(report: JobReport) -> str:
    """The same in a line or two; empty where there is nothing to tell of them."""
    evidence = report.evidence
    if evidence is None:
        return ""
    last = evidence.last_ended
    told = by_harvest(evidence, report.tree)
    if not told and last is not None:
        told = f"Tests, seen in the agent's shell: {command_of(last)}, exit code {code_of(last)}{on(last, report.tree)}."
    if evidence.predates_edits(report.tree):
        told += f" {EDITED_SINCE}"
    return "\n\n".join(filter(None, [told, claim_without_evidence(report)]))


def by_harvest(evidence: Evidence, tree: str) -> str:
    """Harvest's own statement, of the last run of all of the repository's tests; empty where it ran none to its end."""
    run = evidence.last_by_harvest
    if run is None:
        return ""
    # Of other files than those that are published it says nothing.
    counts = run.files_are(tree) in ("same", "same before it wrote")
    passed = "" if not counts else "Tests pass: " if run.exit_code == 0 else "Tests fail: "
    failed = f" Failed: {failed_in(run)}." if run.failed else ""
    return f"{passed}Harvest ran {command_of(run)}{on(run, tree)}, exit code {run.exit_code}, {when(run)}.{failed}"


def on(run: SeenRun, tree: str) -> str:
    """Which files it ran on, behind a command; empty where that is not known."""
    match run.files_are(tree):
        case "same":
            return f" on what is published ({name_of(tree)})"
        case "same before it wrote":
            return f" on what is published but for files that the run itself wrote ({name_of(run.tree)})"
        case "other":
            return f" on other files ({name_of(run.tree or run.tree_after)}) than what is published ({name_of(tree)})"
    return f" on {name_of(run.tree)}" if run.tree else ""


FILES: dict[Files, str] = {
    "same": "what is published",
    "same before it wrote": "what is published, but for what it wrote",
    "other": "others",
    "unknown": "not known",
}


def row_of(run: SeenRun, tree: str) -> str:
    ran_on = run.tree or run.tree_after
    files = f"{FILES[run.files_are(tree)]} ({name_of(ran_on)})" if tree and ran_on else name_of(ran_on) or FILES["unknown"]
    part = "" if run.whole or run.source == "shell" else " (a part)"
    return f"| {code_of(run)} | {table_cell(command_of(run))}{part} | {RUN_BY[run.source]} | {when(run)} | {files} |"


def name_of(tree: str) -> str:
    return f"tree {code_span(tree[:TREE_CHARACTERS])}" if tree else ""


def when(run: SeenRun) -> str:
    return moment(run.at) if run.at else "not known"


def failed_in(run: SeenRun) -> str:
    names = [code_span(neutralise_code(name, max_length=120)) for name in run.failed[:MAX_FAILED_SHOWN]]
    left_out = len(run.failed) - len(names)
    return ", ".join(names) + (f" and {left_out} more" if left_out else "")


def claim_without_evidence(report: JobReport) -> str:
    """What is to be said of what the agent says of its tests, where the ledger does not bear it out."""
    evidence = report.evidence or Evidence()
    if not says_that_tests_pass(report.summary) or evidence.shows_that_tests_pass(report.tree):
        return ""
    return CLAIM_WITHOUT_EVIDENCE


def code_of(run: SeenRun) -> str:
    if run.exit_code is None:
        return "not finished"
    return str(run.exit_code) if run.of == "test" else f"{run.exit_code}, of the whole line"


def command_of(run: SeenRun) -> str:
    return code_span(neutralise_code(run.command, max_length=160))
