"""The emulated Linear, by the protocol's own client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests.linear_service import LinearService, linear_service


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinearService]:
    with linear_service(tmp_path_factory.mktemp("linear")) as service:
        yield service


@asynccontextmanager
async def client(linear: LinearService) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {linear.key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(linear.mcp, http_client=http), cache=None) as connected,
    ):
        yield connected


async def answer(connected: Client, tool: str, **arguments: object) -> Any:
    """The JSON that a tool says; what it says otherwise as it is."""
    result = await connected.call_tool(tool, arguments)
    (block,) = result.content
    assert block.type == "text"
    return block.text if result.is_error else json.loads(block.text)


async def test_issues_and_comments_are_read_written_and_kept(linear: LinearService) -> None:
    linear.put(
        "ENG-7", title="Round half up", description="It rounds down.", comments=[{"by": "Ben", "body": "Half goes up."}]
    )
    async with client(linear) as connected:
        names = [tool.name for tool in (await connected.list_tools()).tools]
        issue = await answer(connected, "get_issue", id="eng-7")
        written = await answer(connected, "save_comment", issueId="ENG-7", body="On it.")
        first = await answer(connected, "list_comments", issueId="ENG-7", limit=1)
        second = await answer(connected, "list_comments", issueId="ENG-7", limit=1, cursor=first["cursor"])
        changed = await answer(connected, "save_issue", id="ENG-7", state="started", assignee="me")
        made = await answer(connected, "save_issue", title="Another", team="eng")
        found = await answer(connected, "list_issues", query="round", state="In Progress")
        states = await answer(connected, "list_issue_statuses", team="Engineering")
        (team,) = (await answer(connected, "list_teams"))["teams"]

    assert {"get_issue", "list_issues", "list_comments", "save_comment", "save_issue", "list_teams"} <= set(names)
    assert (issue["id"], issue["title"], issue["status"], issue["team"]) == (
        "ENG-7",
        "Round half up",
        "Backlog",
        "Engineering",
    )
    assert issue["url"] == "https://linear.app/acme/issue/ENG-7/round-half-up"
    assert [comment["author"]["name"] for comment in (*first["comments"], *second["comments"])] == ["Harvest", "Ben"]
    assert first["comments"] == [written]
    assert (first["hasNextPage"], second["hasNextPage"]) == (True, False)
    assert (changed["status"], changed["statusType"], changed["assignee"]) == ("In Progress", "started", "Harvest")
    assert made["id"] == "ENG-8"
    assert [issue["id"] for issue in found["issues"]] == ["ENG-7"]
    assert [state["type"] for state in states] == ["backlog", "unstarted", "started", "started", "completed", "canceled"]
    assert team["key"] == "ENG"
    assert linear.said("ENG-7") == ["On it."]


async def test_what_cant_be_done_is_said_by_the_tool(linear: LinearService) -> None:
    async with client(linear) as connected:
        said = [
            await answer(connected, "get_issue", id="ENG-999"),
            await answer(connected, "get_issue"),
            await answer(connected, "get_issue", id="ENG-1", secret="x"),
            await answer(connected, "save_issue", title="No team"),
            await answer(connected, "save_comment", body="Where?"),
            await answer(connected, "list_comments", issueId="ENG-999"),
            await answer(connected, "drop_everything"),
        ]

    assert [line.partition(" - ")[0] for line in said] == [
        "Entity not found: Issue",
        "Invalid arguments: id: Required",
        "Invalid arguments: Unrecognized key(s) in object: secret",
        "title and team are required when creating an issue",
        "Provide exactly one of issueId, projectId, initiativeId, documentId, milestoneId, or statusUpdateId",
        "Entity not found: Issue",
        "Tool drop_everything not found",
    ]


async def test_its_faults_are_those_that_were_asked_for(linear: LinearService) -> None:
    wrong = linear.controls.post("/mcp", json={}, headers={"authorization": "Bearer lin_api_x"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_token")
    assert linear.controls.put("/_emulator/faults/fire").status_code == 404

    linear.put("ENG-9", title="Faults")
    before = linear.said("ENG-9")
    for fault in ("refuse", "down", "lost"):
        linear.fail(fault)
        with pytest.raises((MCPError, BaseExceptionGroup)):
            async with client(linear) as connected:
                await answer(connected, "save_comment", issueId="ENG-9", body=fault)
        linear.mend()
    linear.fail("lie")
    linear.fail("older")
    async with client(linear) as connected:
        lies = {tool.name: tool.description for tool in (await connected.list_tools()).tools}
    linear.mend()

    assert (before, linear.said("ENG-9")) == ([], ["lost"])
    assert "send_token" in lies
    assert "create_comment" in lies
    assert "get_issue" not in lies
    assert "tell nobody" in (lies["list_comments"] or "")
