"""A run of the repository's own tests in the job's sandbox: on which files, with which end, and what it wrote.

What runs is the repository's and the agent's code in the agent's own sandbox, without any credential.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from github_app.domain.junit import JUnitReport, JUnitUnreadable, read_junit, sum_of_reports
from github_app.jobs.context import JobContext
from github_app.text.redact import Redactor
from sandbox.long_command import LongRun, begin_run, run_long
from sandbox.protocol import Sandbox, SandboxError
from sandbox.reports import digests_of, new_files
from sandbox.work_tree import work_files
from state.artifacts import ArtifactsAway, ArtifactTooLarge

log = structlog.get_logger()

# A shell says 128 and the signal's number. https://man7.org/linux/man-pages/man7/signal.7.html
CRASHES = frozenset(
    {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP}
)

# Where what the runs wrote is kept, as <job>.<number>.log
OUTPUT = "tests/"


@dataclass(frozen=True)
class TestsRan:
    """What came of a run: the exit code of the last command that ran, None when it did not come to its end. `tree` and
    `tree_after` are the names of all files before and after it, the latter empty where it did more than add some; `problems`
    are sentences on reports that could not be read."""

    exit_code: int | None
    output: bytes
    seconds: float
    tree: str
    tree_after: str = ""
    report: JUnitReport | None = None
    problems: tuple[str, ...] = ()

    __test__ = False  # pytest takes it for tests by its name


async def run_repository_tests(
    sandbox: Sandbox,
    commands: Sequence[str],
    reports: Sequence[str],
    *,
    hidden: str,
    seconds: float,
    begins_on: Callable[[str], Awaitable[None]],
) -> TestsRan:
    """Run the commands one after the other until one fails, within so many seconds together. `reports` are patterns of the
    JUnit XML that they write, `hidden` is what Harvest hides from git. `begins_on` is called with the tree just before the
    first one. Raises SandboxError."""
    run = await begin_run(sandbox)
    known = await digests_of(sandbox, reports) if reports else frozenset[str]()
    files = await work_files(sandbox, hidden=hidden)
    await begins_on(files.tree)
    ran = TestsRan(None, b"", 0.0, files.tree)
    for command in commands:
        one = await run_long(sandbox, command, run=run, seconds=seconds - ran.seconds)
        heading = b"" if len(commands) == 1 else f"$ {command}\n".encode()
        ran = replace(ran, exit_code=code_of(one), output=ran.output + heading + one.output, seconds=ran.seconds + one.seconds)
        if ran.exit_code != 0:
            break
    if reports:
        report, problems = await asyncio.to_thread(read_reports, await new_files(sandbox, reports, known))
        ran = replace(ran, report=report, problems=problems)
    after = await work_files(sandbox, hidden=hidden)
    return replace(ran, tree_after=after.tree if after.has_all_of(files) else "")


def code_of(run: LongRun) -> int | None:
    """None where it was ended, by its time or from outside: that shows as a negative one. What crashes ends by itself."""
    if run.exit_code is not None and -run.exit_code in CRASHES:
        return 128 - run.exit_code
    return run.exit_code if run.exit_code is not None and run.exit_code >= 0 else None


def read_reports(documents: Sequence[bytes]) -> tuple[JUnitReport | None, tuple[str, ...]]:
    """What the JUnit XML says, None where there is none that can be read, and sentences on what can't."""
    read: list[JUnitReport] = []
    problems: dict[str, None] = {}
    for document in documents:
        try:
            read.append(read_junit(document))
        except JUnitUnreadable as problem:
            problems[f"A test report could not be read: {problem}."] = None
    return (sum_of_reports(read) if read else None), tuple(problems)


async def keep_output(context: JobContext, number: int, output: bytes) -> str:
    """Keep all that the run of that number wrote, without secrets, for as long as the job's steps; gives it as text."""
    text = await asyncio.to_thread(readable, output, Redactor(context.agents_secrets))
    file = context.folder / f"tests-{number}.log"
    try:
        await asyncio.to_thread(write, file, text)
        await context.services.artifacts.put(f"{OUTPUT}{context.job.id}.{number}.log", file)
    except (OSError, ArtifactsAway, ArtifactTooLarge) as problem:
        log.warning("what tests wrote could not be kept", error=str(problem))
    finally:
        with suppress(OSError):
            await asyncio.to_thread(file.unlink, missing_ok=True)
    return text


async def leave_in_the_sandbox(sandbox: Sandbox, number: int, text: str) -> str:
    """For the agent to look through: gives where it is, empty where it can't be written."""
    path = f"{sandbox.paths.tmp}/tests-{number}.log"
    try:
        await sandbox.write_file(path, text.encode("utf-8", "replace"), mode=0o644)
    except SandboxError:
        return ""
    return path


def readable(output: bytes, redact: Redactor) -> str:
    return redact(output.decode("utf-8", "replace").replace("\r\n", "\n"))


def write(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", errors="replace")
