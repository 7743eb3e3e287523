"""The agent's command line, the check of its start, and how its end is judged."""

from __future__ import annotations

import dataclasses
import json

import pytest

from sandbox.agent import AgentSpec, ToolServer, command_line, differences, judge
from sandbox.browser import Browser
from sandbox.stream import Init, Result, StreamEvent, Usage

SPEC = AgentSpec("claude", "sonnet", "11111111-2222-4333-8444-555555555555", False, True, 50)
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


@pytest.mark.parametrize("isolated", [True, False])
def test_one_that_plans_has_nothing_to_write_with_and_no_way_around_plan_mode(isolated: bool) -> None:
    argv = command_line(dataclasses.replace(SPEC, plans=True, isolated=isolated))
    assert argv[argv.index("--permission-mode") + 1] == "plan"
    assert not {"Write", "Edit", "Task"} & set(argv[argv.index("--tools") + 1].split(","))
    assert not {"--allowedTools", "--dangerously-skip-permissions"} & set(argv)


def test_one_that_plans_and_started_otherwise_is_found_out() -> None:
    plans = dataclasses.replace(SPEC, plans=True)
    started = dataclasses.replace(INIT, permission_mode="plan")
    assert differences(plans, started, api_key_source="ANTHROPIC_API_KEY") == []
    (found,) = differences(plans, INIT, api_key_source="ANTHROPIC_API_KEY")
    assert found == "permission mode 'bypassPermissions' instead of 'plan'"
    with_more = dataclasses.replace(started, tools=("Bash", "Write"))
    assert differences(plans, with_more, api_key_source="ANTHROPIC_API_KEY") == ["tools that were not asked for: Write"]


def test_servers_of_tools_are_named_with_a_variable_in_the_place_of_the_token() -> None:
    url = "https://h.acme.dev/tools/issue-tracker"
    servers = (ToolServer("issue-tracker", url, ("get_issue", "list.all"), seconds=180),)
    argv = command_line(dataclasses.replace(SPEC, servers=servers))
    assert json.loads(argv[argv.index("--mcp-config") + 1]) == {
        "mcpServers": {
            "issue-tracker": {
                "type": "http",
                "url": url,
                "headers": {"Authorization": "Bearer ${HARVEST_TOOLS_TOKEN}"},
                "timeout": 210_000,
            }
        }
    }
    names = "mcp__issue-tracker__get_issue,mcp__issue-tracker__list_all"
    bare = command_line(dataclasses.replace(SPEC, servers=servers, isolated=False))
    assert bare[bare.index("--allowedTools") + 1].endswith(names)
    plans = command_line(dataclasses.replace(SPEC, servers=servers, plans=True))
    assert plans[plans.index("--allowedTools") + 1] == names


def test_a_server_or_a_tool_of_one_that_nobody_asked_for_is_found_out() -> None:
    asked = dataclasses.replace(SPEC, servers=(ToolServer("a", "https://h.acme.dev/tools/a", ("look",)),))
    started = dataclasses.replace(INIT, mcp_servers=("a",), tools=("Bash", "mcp__a__look"))
    assert differences(asked, started, api_key_source="ANTHROPIC_API_KEY") == []
    more = dataclasses.replace(started, mcp_servers=("a", "b"), tools=("mcp__a__look", "mcp__a__push"))
    assert differences(asked, more, api_key_source="ANTHROPIC_API_KEY") == [
        "MCP servers b that nobody asked for",
        "tools that were not asked for: mcp__a__push",
    ]


def test_a_browser_is_a_server_of_the_sandbox_with_the_tools_that_are_looked_with_and_no_others() -> None:
    asked = dataclasses.replace(SPEC, browser=Browser(("/usr/bin/env", "-i", "server")))
    argv = command_line(asked)
    assert json.loads(argv[argv.index("--mcp-config") + 1]) == {
        "mcpServers": {"chrome": {"type": "stdio", "command": "/usr/bin/env", "args": ["-i", "server"]}}
    }
    assert "mcp__chrome__evaluate_script" in argv[argv.index("--disallowedTools") + 1].split(",")
    bare = command_line(dataclasses.replace(asked, isolated=False))
    assert bare[bare.index("--allowedTools") + 1].endswith("mcp__chrome__list_console_messages")
    started = dataclasses.replace(INIT, mcp_servers=("chrome",), tools=("Bash", "mcp__chrome__click"))
    assert differences(asked, started, api_key_source="ANTHROPIC_API_KEY") == []
    assert len(differences(SPEC, started, api_key_source="ANTHROPIC_API_KEY")) == 2
    more = dataclasses.replace(started, tools=("mcp__chrome__evaluate_script",))
    assert differences(asked, more, api_key_source="ANTHROPIC_API_KEY") != []


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
        ([result(is_error=True, api_error_status=401)], "ended", 1, "failed", "refused Harvest's key"),
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
    ended = judge(events, reason=reason, exit_code=exit_code, stderr="usage\nno such file", model="sonet")
    assert ended.kind == kind
    assert words in ended.sentence


@pytest.mark.parametrize(
    ("asked", "started", "is_it"),
    [
        ("sonnet", "claude-sonnet-5-5", True),
        ("sonnet[1m]", "claude-sonnet-5-5", True),
        ("SONNET[1M]", "claude-sonnet-5-5", True),
        ("opusplan", "claude-sonnet-5-5", True),
        ("opusplan", "claude-opus-5-5", True),
        ("opusplan", "claude-haiku-5-5", False),
        ("best", "claude-opus-5-5", True),
        ("default", "claude-sonnet-5-5", True),
        ("fable", "claude-fable-5-2", True),
        ("claude-sonnet-4-5", "claude-sonnet-4-5", True),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5", True),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", True),
        # The CLI puts its successor in the place of a model that was retired.
        ("claude-opus-4-1", "claude-opus-5-5", True),
        ("claude-opus-4-1", "claude-sonnet-5-5", False),
        ("claude-3-5-haiku-20241022", "claude-haiku-4-5", True),
        # A misspelt one is kept: the API has the last word on it.
        ("sonet", "sonet", True),
        ("claude-sonet-5", "claude-sonet-5", True),
        ("sonet", "claude-sonnet-5-5", False),
        ("our-own", "our-other", False),
        ("sonnet", "sonnet-of-somebody-else", False),
        ("sonnet", "", False),
    ],
)
def test_the_cli_may_start_with_what_it_makes_of_a_models_name(asked: str, started: str, is_it: bool) -> None:
    spec = dataclasses.replace(SPEC, model=asked)
    assert (differences(spec, dataclasses.replace(INIT, model=started), api_key_source=None) == []) is is_it


@pytest.mark.parametrize(
    ("status", "text", "cause", "sentence"),
    [
        (401, "Invalid API key · Fix external API key", "key_refused", "The model's API refused Harvest's key."),
        (403, "Failed to authenticate. API Error: 403 Your API key", "key_refused", "The model's API refused Harvest's key."),
        (
            403,
            "API Error: 403 the model 'sonet' is not allowed here; allowed are: claude-* (HARVEST_MODELS)",
            "model_not_allowed",
            "Harvest may not use the model `sonet`: it is misspelt, or not among the models that are allowed.",
        ),
        (
            404,
            "issue with the selected model",
            "model_unknown",
            "The model `sonet` does not exist, or Harvest's key may not use it.",
        ),
        (
            400,
            "Credit balance is too low",
            "out_of_credit",
            "The account that Harvest pays the model with has run out of credit.",
        ),
        (402, "Billing", "out_of_credit", "The account that Harvest pays the model with has run out of credit."),
        (
            402,
            "API Error: 402 this job has spent $5.10 of a budget of $5.00 (HARVEST_BUDGET_USD)",
            "budget_spent",
            "The budget is spent: $5.10 of $5.00.",
        ),
        (429, "Request rejected", "rate_limited", "The model's rate limit was reached and did not clear in time."),
        (529, "Overloaded", "overloaded", "The model was not available (529) for several tries."),
        (
            502,
            "API Error: 502 Harvest's gateway can't reach the model's API just now",
            "not_reached",
            "Harvest could not reach the model's API.",
        ),
        (
            None,
            "API Error: Unable to connect to API (ConnectionRefused)",
            "not_reached",
            "Harvest could not reach the model's API.",
        ),
        (400, "Prompt is too long", "too_long", "The conversation has become too long for the model."),
        (413, "Request too large (max 32MB).", "too_long", "The conversation has become too long for the model."),
        (400, "API Error: 400 messages.3", "request_refused", "The model's API refused a request (400)."),
    ],
)
def test_each_cause_for_which_a_model_does_not_answer_has_its_own_sentence(
    status: int | None, text: str, cause: str, sentence: str
) -> None:
    failed = [result(is_error=True, api_error_status=status, text=text)]
    ended = judge(failed, model="sonet", reason="ended", exit_code=1, stderr="")
    assert ended.model_failure is not None
    assert (ended.model_failure.cause, ended.sentence) == (cause, sentence)
    assert ended.model_failure.advice
