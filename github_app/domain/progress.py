"""What the agent has done so far, folded out of its events: plan, activity, commands run, last words. Pure.

Of what commands print, only their exit codes are kept, and the hosts that they did not reach.

All of it was written by the agent and is hostile: whoever shows it neutralises it first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from github_app.domain.unreached import unreached_hosts
from sandbox.browser import OPEN
from sandbox.stream import Result, Said, StreamEvent, ToolAnswered, ToolCalled

# Enough to follow a long run in a comment; the whole stream is kept elsewhere.
MAX_COMMANDS = 200
MAX_TASKS = 40
MAX_UNREACHED = 50

# The CLI's name for Harvest's own tool, github_app/jobs/own_tools/report_progress.py
REPORT_PROGRESS = "mcp__harvest__report_progress"
EXIT_CODE = re.compile(r"\AExit code (\d{1,3})\b")
TASK_NUMBER = re.compile(r"#(\d{1,6})\b")


@dataclass
class Task:
    """One line of the agent's own plan; `status` is "pending", "in_progress" or "completed"."""

    title: str
    status: str = "pending"


@dataclass
class RanCommand:
    """A shell command and its exit code; None while it runs or when the CLI refused to run it."""

    command: str
    exit_code: int | None = None


@dataclass
class Progress:
    """Fed with every event of a run in order, by `follow`. `activity` is what it does, as seen from its calls, and `reported`
    where it is, as it said itself."""

    tasks: dict[str, Task] = field(default_factory=dict)
    commands: list[RanCommand] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    activity: str = ""
    reported: str = ""
    last_words: str = ""
    model: str = ""
    tool_calls: int = 0
    _open: dict[str, ToolCalled] = field(default_factory=dict)
    _running: dict[str, RanCommand] = field(default_factory=dict)

    def follow(self, event: StreamEvent) -> None:
        match event:
            case Said(text):
                self.last_words = text
            case ToolCalled():
                self._called(event)
            case ToolAnswered():
                self._answered(event)
            case Result():
                self.activity = self.reported = ""
                if event.text:
                    self.last_words = event.text

    def _called(self, call: ToolCalled) -> None:
        self.tool_calls += 1
        self._open[call.id] = call
        if call.name == REPORT_PROGRESS:
            self.reported = first_line(call.input.get("doing"))
            return
        self.activity = describe(call)
        if call.name == "Bash":
            ran = RanCommand(str(call.input.get("command", "")))
            self._running[call.id] = ran
            if len(self.commands) < MAX_COMMANDS:
                self.commands.append(ran)
        elif call.name == "TaskUpdate":
            task = self.tasks.get(str(call.input.get("taskId")))
            if task is not None and call.input.get("status") in ("pending", "in_progress", "completed"):
                task.status = str(call.input["status"])

    def _answered(self, answer: ToolAnswered) -> None:
        call = self._open.pop(answer.id, None)
        if call is None:
            return
        if (ran := self._running.pop(answer.id, None)) is not None:
            ran.exit_code = exit_code(answer)
            self._did_not_reach(unreached_hosts(ran.command, answer.text))
        if call.name == OPEN:
            self._did_not_reach(unreached_hosts(str(call.input.get("url", "")), answer.text))
        # The number that the CLI gave a task stands only in its answer ("Task #1 created …").
        number = TASK_NUMBER.search(answer.text)
        if call.name == "TaskCreate" and number is not None and not answer.is_error and len(self.tasks) < MAX_TASKS:
            self.tasks[number[1]] = Task(str(call.input.get("subject", "")))

    def _did_not_reach(self, hosts: Sequence[str]) -> None:
        for host in hosts:
            if host not in self.unreached and len(self.unreached) < MAX_UNREACHED:
                self.unreached.append(host)


def exit_code(answer: ToolAnswered) -> int | None:
    """A command's exit code from the CLI's answer: it names only codes other than 0."""
    if not answer.is_error:
        return 0
    found = EXIT_CODE.match(answer.text)
    return int(found[1]) if found else None


def describe(call: ToolCalled) -> str:
    """One short line on what a tool call does, in the words of a person who watches."""
    given = call.input
    match call.name:
        case "Bash":
            return f"running `{first_line(given.get('command'))}`"
        case "Read":
            return f"reading `{file_name(given.get('file_path'))}`"
        case "Edit" | "Write":
            return f"editing `{file_name(given.get('file_path'))}`"
        case "Glob" | "Grep":
            return f"searching for `{first_line(given.get('pattern'))}`"
        case "Task":
            return f"working on a part of it: {first_line(given.get('description'))}"
        case "TaskCreate" | "TaskUpdate" | "TaskList" | "TaskGet":
            return "planning"
    # https://code.claude.com/docs/en/mcp: a server's tools have its name in theirs.
    _, server, tool = [*call.name.split("__", 2), "", ""][:3]
    return f"asking {server}: {tool}" if call.name.startswith("mcp__") and tool else f"using {call.name}"


def first_line(value: object) -> str:
    """The first line of a tool's argument, short and without the backticks that would end its code span."""
    lines = str(value or "").strip().splitlines() or [""]
    line = lines[0].replace("`", "'")
    return line if len(line) <= 80 and len(lines) == 1 else f"{line[:80]}…"


def file_name(value: object) -> str:
    """The last two parts of a path: enough to know the file, and nothing of where the sandbox lies."""
    return "/".join(first_line(value).rsplit("/", 2)[-2:])
