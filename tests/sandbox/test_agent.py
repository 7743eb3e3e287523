"""The agent's command line, the check of its start, and how its end is judged."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.agent import AgentSpec, command_line, differences, judge
from sandbox.stream import Init, Result, StreamEvent, Usage

SPEC = AgentSpec("claude", "sonnet", "11111111-2222-4333-8444-555555555555", False, True, "/harvest/rules.md", 50)
INIT = Init(SPEC.session_id, "claude-sonnet-5-5", "bypassPermissions", "ANTHROPIC_API_KEY", "/workspace", ("Bash",), (), "2")


def result(
    subtype: str = "success", *, is_error: bool = False, text: str = "Done", api_error_status: int | None = None
) -> Result:
    return Result(subtype, is_error, text, 3, Usage(), api_error_status)


def test_the_repositorys_own_settings_never_count() -> None:
    argv = command_line(SPEC)
    assert argv[argv.index("--setting-sources") + 1] == "user"
    assert "--strict-mcp-config" in argv


def test_permissions_are_bypassed_only_in_an_isolated_sandbox() -> None:
    isolated, bare = command_line(SPEC), command_line(dataclasses.replace(SPEC, isolated=False))
    assert isolated[isolated.index("--permission-mode") + 1] == "bypassPermissions"
    assert bare[bare.index("--permission-mode") + 1] == "acceptEdits"
    assert "--allowedTools" in bare


def test_a_conversation_is_begun_or_resumed() -> None:
    assert "--session-id" in command_line(SPEC)
    assert "--resume" in command_line(dataclasses.replace(SPEC, resume=True))


def test_a_start_as_asked_has_no_differences() -> None:
    assert differences(SPEC, INIT, api_key_source="ANTHROPIC_API_KEY") == []


@pytest.mark.parametrize(
    ("started", "word"),
    [
        (dataclasses.replace(INIT, permission_mode="default"), "permission mode"),
        (dataclasses.replace(INIT, mcp_servers=("evil",)), "MCP servers evil"),
        (dataclasses.replace(INIT, api_key_source="apiKeyHelper"), "key comes from"),
        (dataclasses.replace(INIT, model="claude-opus-5-5"), "model"),
        (dataclasses.replace(INIT, session_id="other"), "another conversation"),
        (dataclasses.replace(INIT, tools=("Bash", "WebFetch")), "WebFetch"),
    ],
)
def test_whatever_differs_from_what_was_asked_is_named(started: Init, word: str) -> None:
    found = differences(SPEC, started, api_key_source="ANTHROPIC_API_KEY")
    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize(
    ("events", "reason", "exit_code", "kind", "words"),
    [
        ([result()], "ended", 0, "succeeded", "finished"),
        # An interrupted CLI exits 0 without a result.
        ([], "ended", 0, "failed", "without a result (exit code 0)"),
        ([], "ended", 143, "failed", "exit code 143"),
        ([result()], "stopped", 0, "stopped", "stopped"),
        ([result()], "time_limit", None, "timed_out", "time limit"),
        ([], "silence", None, "timed_out", "silent"),
        ([result()], "output_limit", None, "failed", "more output"),
        ([], "start_failed", None, "failed", "could not be started: no such file"),
        ([result(is_error=True, api_error_status=401)], "ended", 1, "failed", "ANTHROPIC_API_KEY"),
        ([result(is_error=True, api_error_status=429)], "ended", 1, "failed", "rate limit"),
        ([result(is_error=True, api_error_status=529)], "ended", 1, "failed", "not available (529)"),
        ([result(is_error=True, text="a\nbad thing")], "ended", 1, "failed", "bad thing"),
        ([result(is_error=True, subtype="error_max_turns")], "ended", 1, "failed", "turns"),
        # A message sent while it worked has a result of its own: the last one counts.
        ([result(is_error=True), result()], "ended", 0, "succeeded", "finished"),
    ],
)
def test_the_end_of_a_run_is_judged(
    events: list[StreamEvent], reason: str, exit_code: int | None, kind: str, words: str
) -> None:
    ended = judge(events, reason=reason, exit_code=exit_code, stderr="usage\nno such file")
    assert ended.kind == kind
    assert words in ended.sentence
