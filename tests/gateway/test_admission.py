"""Which models and tools are let through."""

from __future__ import annotations

import json

import pytest

from github_app.gateway.model.admission import admit, is_allowed


@pytest.mark.parametrize(
    ("model", "allowed", "expected"),
    [
        ("claude-opus-5-5", ("claude-*",), True),
        ("claude-opus-5-5", ("claude-opus-5-5",), True),
        ("claude-opus-5-5", ("opus",), True),
        ("claude-3-5-haiku-20241022", ("haiku",), True),
        ("claude-opus-5-5", ("sonnet", "haiku"), False),
        ("claude-opus-5-5", ("claude-sonnet-*", "opus"), True),
        ("claude-opus-5-5-20260901", ("claude-opus-5-5",), False),
        ("opusclaude", ("opus",), False),
        ("CLAUDE-opus-5-5", ("claude-*",), False),
        ("gpt-6", ("claude-*",), False),
        ("claude-opus-5-5", (), False),
        ("", ("claude-*",), False),
    ],
)
def test_a_model_is_allowed_by_pattern_or_by_its_familys_name(model: str, allowed: tuple[str, ...], expected: bool) -> None:
    assert is_allowed(model, allowed) is expected


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "Read", "input_schema": {}},
        {"type": "custom", "name": "x"},
        {"type": None, "name": "x"},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "text_editor_20250728", "name": "edit"},
        {"type": "tool_search_tool_regex_20251119", "name": "search"},
    ],
)
def test_tools_that_the_client_carries_out_are_let_through(tool: dict[str, object]) -> None:
    body = json.dumps({"model": "claude-opus-5-5", "max_tokens": 7, "tools": [tool]}).encode()

    assert admit(body, ("claude-*",)).max_tokens == 7
