"""The agent: the Claude Code CLI's command line, what is checked of its start, and how its end is judged. Pure.

The sandbox is the boundary, not the CLI's prompts: isolated, the agent works with permissions bypassed; in the unisolated
local sandbox it gets `acceptEdits` and a list of tools. One that plans works in the CLI's plan mode, which refuses whatever
would change something, and which neither a bypass nor a list of allowed tools may undo. Whatever the mode, the repository's
`.claude/`, `.mcp.json` and `CLAUDE.md` don't count: `--setting-sources user` keeps a pull request from running hooks or
sending the key elsewhere.
https://code.claude.com/docs/en/cli-reference
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.browser import NAME as BROWSER
from sandbox.browser import Browser
from sandbox.model_failure import ModelFailure, model_failure
from sandbox.model_name import is_what_was_asked_for
from sandbox.stream import Init, Result, StreamEvent

# What the agent can use. No web tools: what it may reach is the sandbox's business, not the model vendor's servers'.
TOOLS = ("Bash", "Read", "Edit", "Write", "Glob", "Grep", "Task", "TaskCreate", "TaskGet", "TaskList", "TaskUpdate")

# What it can use when it plans: nothing that is there to write, and nobody else to do it.
PLANNING_TOOLS = ("Bash", "Read", "Glob", "Grep", "TaskCreate", "TaskGet", "TaskList", "TaskUpdate")

# Where the CLI's own telemetry, update checks and title requests would only be noise.
ENVIRONMENT = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    # A wrong key or a dead gateway should end the run in seconds, a busy one should be waited for.
    "CLAUDE_CODE_MAX_RETRIES": "6",
    "IS_SANDBOX": "1",
    # After its last word the CLI would wait ten minutes for what it has started in the background itself; what a shell leaves
    # running with `&` it leaves alone.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    # While it waits it would do what .claude/scheduled_tasks.json in the workspace says, whoever has written that.
    "CLAUDE_CODE_DISABLE_CRON": "1",
    # It would tell the agent of branch, status and commits as they were when it was started, which is before all is fetched.
    "CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS": "1",
}

# The variable in the agent's environment that holds what its tool servers know it by.
TOOLS_TOKEN = "HARVEST_TOOLS_TOKEN"  # noqa: S105
# The CLI gives a call up after a minute by itself, and would not hear what the gateway says of one that took too long.
TOOL_SLACK_SECONDS = 30.0


@dataclass(frozen=True)
class ToolServer:
    """A server of tools that the CLI reaches by HTTP (MCP), and the tools of it that the agent may use. A call of one takes
    `seconds` at most."""

    name: str
    url: str
    tools: tuple[str, ...]
    seconds: float = 60.0

    @property
    def names(self) -> tuple[str, ...]:
        """What the CLI calls its tools: https://code.claude.com/docs/en/mcp"""
        return tuple(f"mcp__{plain(self.name)}__{plain(tool)}" for tool in self.tools)


def plain(name: str) -> str:
    """A name as the CLI writes it in those of tools."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


@dataclass(frozen=True)
class AgentSpec:
    """What is asked of the CLI. `session_id` is a new UUID, or with `resume` the one of the conversation so far.

    One that `plans` may look, not touch, and so may the tools of its `servers`. `browser` is one in its sandbox that it may
    use. With `servers_later` it is told of both once it runs, by `servers_message`.
    """

    cli: str
    model: str
    session_id: str
    resume: bool
    isolated: bool
    max_turns: int
    plans: bool = False
    servers: tuple[ToolServer, ...] = ()
    browser: Browser | None = None
    servers_later: bool = False

    @property
    def tools(self) -> tuple[str, ...]:
        return PLANNING_TOOLS if self.plans else TOOLS

    @property
    def tools_of_servers(self) -> tuple[str, ...]:
        browsers = self.browser.tools if self.browser is not None else ()
        return (*(name for server in self.servers for name in server.names), *browsers)

    @property
    def names_of_servers(self) -> tuple[str, ...]:
        return (*(server.name for server in self.servers), *((BROWSER,) if self.browser is not None else ()))

    @property
    def permission_mode(self) -> str:
        if self.plans:
            return "plan"
        return "bypassPermissions" if self.isolated else "acceptEdits"


def command_line(spec: AgentSpec) -> list[str]:
    """The CLI's arguments. What it is told is not among them: rules and prompt come on stdin, as stream-json messages."""
    conversation = ["--resume", spec.session_id] if spec.resume else ["--session-id", spec.session_id]
    return [
        spec.cli,
        "--print",
        *("--input-format", "stream-json"),
        *("--output-format", "stream-json"),
        "--verbose",
        "--replay-user-messages",
        *("--model", spec.model),
        *conversation,
        *("--setting-sources", "user"),
        "--strict-mcp-config",
        *("--mcp-config", json.dumps({"mcpServers": {} if spec.servers_later else servers_of(spec)}, separators=(",", ":"))),
        "--disable-slash-commands",
        *("--tools", ",".join(spec.tools)),
        *("--permission-mode", spec.permission_mode),
        *(("--allowedTools", ",".join(allowed)) if (allowed := allowed_tools(spec)) else ()),
        *(("--disallowedTools", ",".join(spec.browser.left_out)) if spec.browser is not None else ()),
        *("--max-turns", str(spec.max_turns)),
    ]


def allowed_tools(spec: AgentSpec) -> tuple[str, ...]:
    """What the CLI uses without asking a person, who isn't there. Plan mode refuses what changes something all the same."""
    if spec.plans:
        return spec.tools_of_servers
    return () if spec.isolated else (*spec.tools, *spec.tools_of_servers)


def servers_of(spec: AgentSpec) -> dict[str, object]:
    """The CLI's configuration of servers. The token is not in it, for anybody on the machine may see a command line: the CLI
    puts in the variable. https://code.claude.com/docs/en/mcp#environment-variable-expansion-in-mcp-json"""
    headers = {"Authorization": f"Bearer ${{{TOOLS_TOKEN}}}"}
    configured: dict[str, object] = {
        server.name: {
            "type": "http",
            "url": server.url,
            "headers": headers,
            "timeout": round((server.seconds + TOOL_SLACK_SECONDS) * 1000),
        }
        for server in spec.servers
    }
    if spec.browser is not None:
        program, *arguments = spec.browser.command
        configured[BROWSER] = {"type": "stdio", "command": program, "args": arguments}
    return configured


# The id of the request below, which its answer names.
SERVERS = "servers"


def servers_message(spec: AgentSpec) -> bytes:
    """Has a CLI that runs connect to the servers, for its stdin before any user's message. It answers when it has. As its SDK
    says it: https://platform.claude.com/docs/en/agent-sdk/typescript#methods (`setMcpServers`)"""
    request = {"subtype": "mcp_set_servers", "servers": servers_of(spec)}
    return json.dumps({"type": "control_request", "request_id": SERVERS, "request": request}).encode()


def rules_message(rules: str) -> bytes:
    """What the CLI adds to its system prompt, for its stdin before any user's message: so it can be started before the rules
    are known. As its SDK says it: https://platform.claude.com/docs/en/agent-sdk/modifying-system-prompts"""
    request = {"subtype": "initialize", "hooks": None, "appendSystemPrompt": rules}
    return json.dumps({"type": "control_request", "request_id": "rules", "request": request}).encode()


def user_message(text: str) -> bytes:
    """One message for the CLI's stdin."""
    message = {"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": text}]}}
    return json.dumps(message).encode()


def differences(spec: AgentSpec, init: Init, *, api_key_source: str | None) -> list[str]:
    """What the CLI says of its start that was not asked for; the run is stopped if there is anything.

    `api_key_source` None leaves open where its key comes from.
    """
    found = []
    if init.permission_mode != spec.permission_mode:
        found.append(f"permission mode {init.permission_mode!r} instead of {spec.permission_mode!r}")
    if others := [name for name in init.mcp_servers if name not in spec.names_of_servers]:
        found.append(f"MCP servers {', '.join(others)} that nobody asked for")
    if api_key_source is not None and init.api_key_source != api_key_source:
        found.append(f"its key comes from {init.api_key_source!r} instead of {api_key_source!r}")
    if not is_what_was_asked_for(init.model, spec.model):
        found.append(f"model {init.model!r} instead of {spec.model!r}")
    if init.session_id != spec.session_id:
        found.append("another conversation than the one asked for")
    if extra := sorted(set(init.tools) - {*spec.tools, *spec.tools_of_servers}):
        found.append(f"tools that were not asked for: {', '.join(extra)}")
    return found


@dataclass(frozen=True)
class Ended:
    """How a run ended. `kind` is closed; `sentence` says it to a person. `model_failure` is set when the model was to blame.

    succeeded: the agent finished. stopped: someone asked for it. timed_out: the time limit or too long a silence.
    failed: everything else, above all an end without a result. `too_much` is set when it failed at a limit of every job's.
    """

    kind: str
    sentence: str
    result: Result | None = None
    model_failure: ModelFailure | None = None
    too_much: bool = False


def judge(events: Sequence[StreamEvent], *, model: str, reason: str, exit_code: int | None, stderr: str) -> Ended:
    """How the run ended, from its events, the model it was asked to use, the supervisor's reason, and the exit code.

    An API failure is exit 1 with `is_error`; an interrupted CLI exits 0 without a result. So a run without a result
    has failed, whatever the exit code says.
    """
    result = next((event for event in reversed(events) if isinstance(event, Result)), None)
    match reason:
        case "stopped":
            return Ended("stopped", "The agent was stopped.", result)
        case "time_limit":
            return Ended("timed_out", "The agent reached the time limit of a job.", result)
        case "silence":
            return Ended("timed_out", "The agent was silent for too long.", result)
        case "output_limit":
            return Ended("failed", "The agent wrote more output than a job may.", result, too_much=True)
        case "start_failed":
            return Ended("failed", f"The Claude CLI could not be started: {last_line(stderr) or 'no reason given'}", result)
    if result is None:
        ended = f"exit code {exit_code}" if exit_code is not None else "no exit code"
        return Ended("failed", f"The Claude CLI ended without a result ({ended}). {last_line(stderr)}".strip(), None)
    if result.subtype == "error_max_turns":
        return Ended("failed", "The agent used up its turns before it was done.", result, too_much=True)
    if not result.is_error:
        return Ended("succeeded", "The agent finished.", result)
    if failure := model_failure(result, model):
        return Ended("failed", failure.sentence, result, failure)
    return Ended("failed", f"The agent reported an error: {last_line(result.text) or result.subtype}", result)


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
