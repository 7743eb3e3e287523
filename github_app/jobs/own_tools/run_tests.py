"""Harvest runs the repository's own test command in the job's sandbox, and writes what came of it into the evidence ledger:
command, exit code, time, and the files that it ran on.

One run at a time in a job, and no more than so many. None outlives the job's agent (`github_app/jobs/agent/ended_tests.py`).
"""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.context import JobContext
from github_app.jobs.own_tools.tool import Call, OwnTool
from github_app.jobs.repository_tests import TestsRan, keep_output, leave_in_the_sandbox, run_repository_tests
from github_app.jobs.results import WorkspacePrepared
from sandbox.protocol import SandboxError

T = TypeVar("T")

MOST_RUNS = 30
MAX_ARGUMENTS = 50
MAX_ARGUMENT_CHARACTERS = 500
RENEW_SECONDS = 5.0
# Before the agent's own end, and before a silence for which it would be ended: it has to hear what came of it.
SPARE_SECONDS = 30.0
LEAST_SECONDS = 5.0

HEAD_CHARACTERS = 4_000
TAIL_CHARACTERS = 12_000
MAX_FAILED_TOLD = 40
# In the ledger.
MAX_FAILED_KEPT = 20

NO_COMMAND = (
    "This repository names no test command of its own (`test` in .github/harvest.yml), so there is nothing for Harvest to "
    "run. Find out how its tests are run, and run them yourself in the shell: Harvest sees that, with the exit code."
)
NOT_BEGUN = {
    "busy": "Tests are running already, by another call of this tool: wait for its answer. This one ran nothing. If that call "
    "was cut off without one, Harvest was restarted: try again in half a minute.",
    "spent": f"This job has had its {MOST_RUNS} runs. Run tests in the shell from now on.",
    "over": "This job is over, and nothing is run for it any more.",
}


async def run_tests(call: Call) -> str:
    context = await call.context()
    settings, ledger, job_id = context.repository_settings, context.services.evidence, context.job.id
    commands, whole = commands_of(settings.test, call)
    seconds = seconds_for(context, time.time())
    number = await ledger.begin(job_id, " && ".join(commands), whole=whole, at=time.time(), most=MOST_RUNS)
    if not isinstance(number, int):
        raise Unclear(NOT_BEGUN[number])

    async def begins_on(tree: str) -> None:
        # The agent may have ended meanwhile, and then nothing is to run.
        if not await ledger.renew(job_id, number, tree=tree):
            raise Unclear(NOT_BEGUN["over"])

    ran: TestsRan | None = None
    try:
        sandbox = await context.sandbox()
        hidden = context.found(WorkspacePrepared).hidden
        reports = settings.test_report
        running = run_repository_tests(sandbox, commands, reports, hidden=hidden, seconds=seconds, begins_on=begins_on)
        ran = await while_it_goes_on(context, number, running)
    except SandboxError as problem:
        raise Unclear(f"The tests did not come to their end: {problem}.") from problem
    finally:
        await asyncio.shield(finish(context, number, ran))
    text = await keep_output(context, number, ran.output)
    where = await leave_in_the_sandbox(sandbox, number, text) if len(text) > HEAD_CHARACTERS + TAIL_CHARACTERS else ""
    return told(commands, ran, number, text, where)


def commands_of(configured: Sequence[str], call: Call) -> tuple[list[str], bool]:
    """What is run; and whether that is all that the repository calls its tests. Raises Unclear."""
    if not configured:
        raise Unclear(NO_COMMAND)
    chosen, words = call.arguments.get("command"), call.arguments.get("arguments") or []
    if chosen is None and not words:
        return list(configured), True
    if chosen is None and len(configured) == 1:
        chosen = 1
    if not isinstance(chosen, int) or isinstance(chosen, bool) or not 1 <= chosen <= len(configured):
        listed = ", ".join(f"{number}: {command}" for number, command in enumerate(configured, 1))
        raise Unclear(f"command: the number of one of these is needed ({listed})")
    if not isinstance(words, list) or len(words) > MAX_ARGUMENTS or not all(map(is_argument, words)):
        raise Unclear(
            f"arguments: a list of at most {MAX_ARGUMENTS} texts of at most {MAX_ARGUMENT_CHARACTERS} characters is needed"
        )
    return [" ".join([configured[chosen - 1], *map(shlex.quote, words)])], len(configured) == 1 and not words


def is_argument(word: object) -> bool:
    return isinstance(word, str) and len(word) <= MAX_ARGUMENT_CHARACTERS and "\0" not in word


def seconds_for(context: JobContext, now: float) -> float:
    """How long the tests may take. Raises Unclear when there is no time left for any."""
    settings = context.services.settings
    silence = settings.silence_minutes * 60
    most = min(settings.test_minutes * 60, max(silence - SPARE_SECONDS, silence / 2))
    left = most if context.job.deadline is None else context.job.deadline - now - SPARE_SECONDS
    if left < min(LEAST_SECONDS, most):
        raise Unclear("The job's time is nearly over: nothing was run. Finish what you are at.")
    return min(most, left)


async def while_it_goes_on(context: JobContext, number: int, work: Coroutine[Any, Any, T]) -> T:
    """Do this while the ledger says that the run goes on; the work is ended when it does not. Raises Unclear then."""
    working = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({working}, timeout=RENEW_SECONDS))[0]:
            if not await context.services.evidence.renew(context.job.id, number):
                raise Unclear(NOT_BEGUN["over"])
        return working.result()
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def finish(context: JobContext, number: int, ran: TestsRan | None) -> None:
    failed = [] if ran is None or ran.report is None else [test.name for test in ran.report.failed_tests[:MAX_FAILED_KEPT]]
    code, after = (None, "") if ran is None else (ran.exit_code, ran.tree_after)
    ledger = context.services.evidence
    await ledger.finish(context.job.id, number, at=time.time(), exit_code=code, tree_after=after, failed=failed)


def told(commands: Sequence[str], ran: TestsRan, number: int, text: str, where: str) -> str:
    """What the agent reads of it. Pure."""
    ended = "Not finished: its time was over" if ran.exit_code is None else f"Exit code {ran.exit_code}"
    lines = [f"{ended}, after {ran.seconds:.1f} s. Harvest ran: {' && '.join(commands)}"]
    if ran.report is not None:
        report = ran.report
        lines.append(f"{report.tests} tests, {report.failed} failed, {report.skipped} skipped.")
        lines += [f"- {test.name}: {test.message}".rstrip(": ") for test in report.failed_tests[:MAX_FAILED_TOLD]]
        if (more := report.failed - min(len(report.failed_tests), MAX_FAILED_TOLD)) > 0:
            lines.append(f"- and {more} more")
    lines += ran.problems
    if ran.tree:
        lines.append(f"It ran on the files as they were when it began, uncommitted ones included: tree {ran.tree[:12]}.")
    lines.append(f"Run {number} of at most {MOST_RUNS} in this job. People see this result as Harvest's own.")
    lines += ["", f"What it wrote{f' (all of it: {where})' if where else ''}:", shortened(text) or "(nothing)"]
    return "\n".join(lines)


def shortened(text: str) -> str:
    """Its beginning and its end."""
    left_out = len(text) - HEAD_CHARACTERS - TAIL_CHARACTERS
    if left_out <= 0:
        return text.strip("\n")
    return f"{text[:HEAD_CHARACTERS]}\n[{left_out:,} characters left out here]\n{text[-TAIL_CHARACTERS:].rstrip()}"


TOOL = OwnTool(
    name="run_tests",
    description="Have Harvest run the repository's own test command on the files as they are now, uncommitted ones "
    "included, and wait for its end. What people are told of the tests comes from here: run it after the last edit. While you "
    "work on one thing, `arguments` make it a smaller run.",
    arguments={
        "arguments": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Added to the command, each as one word: a test's path, say. Such a run is shown as a partial one",
        },
        "command": {"type": "integer", "description": "Of several test commands the one to run, by its number from 1"},
    },
    needed=(),
    changes=True,
    answer=run_tests,
)
