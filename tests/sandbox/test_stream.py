"""The agent's stream: every line becomes typed events, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.stream import Init, Noise, Other, Result, Said, StreamEvent, Supervised, ToolAnswered, ToolCalled, read_line


def read(document: dict[str, Any]) -> list[StreamEvent]:
    return read_line(json.dumps(document).encode())


def test_the_start_says_what_is_checked() -> None:
    (init,) = read(
        {
            "type": "system",
            "subtype": "init",
            "session_id": "s",
            "model": "claude-sonnet-5-5",
            "permissionMode": "acceptEdits",
            "apiKeySource": "ANTHROPIC_API_KEY",
            "cwd": "/workspace",
            "tools": ["Bash"],
            "mcp_servers": [{"name": "evil", "status": "connected"}],
            "claude_code_version": "2.1.330",
        }
    )
    assert init == Init(
        "s", "claude-sonnet-5-5", "acceptEdits", "ANTHROPIC_API_KEY", "/workspace", ("Bash",), ("evil",), "2.1.330"
    )


def test_a_message_with_text_and_a_tool_gives_both() -> None:
    content = [{"type": "text", "text": "Hi"}, {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": "ls"}}]
    assert read({"type": "assistant", "message": {"content": content}}) == [
        Said("Hi"),
        ToolCalled("1", "Bash", {"command": "ls"}),
    ]


@pytest.mark.parametrize("content", ["out", [{"type": "text", "text": "out"}]])
def test_a_tools_answer_is_text_in_either_form(content: str | list[dict[str, str]]) -> None:
    block = {"type": "tool_result", "tool_use_id": "1", "content": content, "is_error": True}
    assert read({"type": "user", "message": {"content": [block]}}) == [ToolAnswered("1", "out", True)]


def test_an_api_failure_is_an_error_though_its_subtype_says_success() -> None:
    (result,) = read({"type": "result", "subtype": "success", "is_error": True, "result": "401", "api_error_status": 401})
    assert isinstance(result, Result)
    assert result.is_error
    assert result.api_error_status == 401


def test_a_result_that_does_not_say_is_an_error() -> None:
    (result,) = read({"type": "result"})
    assert isinstance(result, Result)
    assert result.is_error


def test_usage_and_cost_are_read() -> None:
    usage = {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 4}
    (result,) = read({"type": "result", "is_error": False, "usage": usage, "total_cost_usd": 0.5, "num_turns": 6})
    assert isinstance(result, Result)
    assert (result.usage.input_tokens, result.usage.cache_write_tokens, result.usage.cost_usd, result.turns) == (1, 4, 0.5, 6)


def test_what_is_not_known_is_kept_and_what_is_no_json_is_noise() -> None:
    assert read({"type": "stream_event", "subtype": "x"}) == [Other("stream_event", "x")]
    assert read({"type": "supervisor", "subtype": "oversized_line", "bytes": 9}) == [
        Supervised("oversized_line", {"bytes": 9})
    ]
    assert read_line(b"npm WARN deprecated") == [Noise("npm WARN deprecated")]
    assert read_line(b"[1, 2]") == [Noise("[1, 2]")]
    assert read_line(b"  ") == []


@given(st.binary())
def test_any_bytes_are_read_without_an_error(line: bytes) -> None:
    read_line(line)


def test_deep_nesting_is_noise_and_no_crash() -> None:
    assert isinstance(read_line(b"[" * 200_000)[0], Noise)
