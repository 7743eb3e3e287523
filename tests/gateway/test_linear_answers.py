"""What Harvest makes of Linear's answers, whatever shape they have, and of a Linear that is slow, down, or lies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from github_app.gateway.linear import workspace
from github_app.gateway.linear.answers import Unreadable, comments_in, issue_in, text_of
from github_app.gateway.linear.workspace import READ_SECONDS, Linear
from github_app.gateway.tools.problems import ServerProblem
from github_app.gateway.tools.servers import Servers
from github_app.operator.doctor.tools import tools_findings
from github_app.settings.operator import Settings
from github_app.settings.tool_servers import ToolServer
from state.job_tools import Place
from tests.linear_service import LinearService, linear_service

URL = "https://linear.app/acme/issue/ENG-1"
PLACE = Place("job", "session", 1, 2, "acme/tide")


def said(document: Any, *, error: bool = False) -> dict[str, Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    return {"content": [{"type": "text", "text": text}], "isError": error}


@pytest.mark.parametrize(
    ("result", "read"),
    [
        (said({"id": "ENG-1", "title": "Round", "url": f"{URL}/round"}), ("ENG-1", "ENG-1", URL)),
        (said({"id": "0f-1a", "identifier": "ENG-1", "title": "Round", "url": URL}), ("ENG-1", "0f-1a", URL)),
        ({"content": [], "structuredContent": {"id": "ENG-1", "title": "Round"}}, ("ENG-1", "ENG-1", "")),
        (said({"title": "Round"}), ("ENG-1", "ENG-1", "")),
        (said({"id": "OPS-9", "title": "Moved"}), ("OPS-9", "OPS-9", "")),
        (
            said({"id": "x" * 200, "title": "Round", "url": "https://linear.app.evil.example/a/issue/ENG-1"}),
            ("ENG-1", "ENG-1", ""),
        ),
        (said({"id": "a b", "title": "Round", "url": "javascript:alert(1)//" + URL}), ("ENG-1", "ENG-1", "")),
        (said({"title": "R", "url": f"{URL}/x)[y](https://evil.example"}), ("ENG-1", "ENG-1", "")),
        (said("Entity not found: Issue - Could not find referenced Issue.", error=True), None),
        (said("No.", error=True), "Linear reported an error"),
        (said("It is fine."), "Linear's answer is of another form than expected"),
        (said("[" * 100_000), "Linear's answer is of another form than expected"),
        (said(["ENG-1"]), "Linear's answer is no issue"),
        (said({"title": 7}), "Linear's answer is no issue"),
        ({}, "Linear's answer is of another form than expected"),
        ({"content": "x"}, "Linear's answer is of another form than expected"),
        ({"content": [7, {"type": "text", "text": None}]}, "Linear's answer is of another form than expected"),
    ],
)
def test_an_issue_is_read_in_every_shape_that_its_answer_may_have(result: dict[str, Any], read: Any) -> None:
    if isinstance(read, str):
        with pytest.raises(Unreadable, match=read):
            issue_in("ENG-1", result)
        return
    issue = issue_in("ENG-1", result)
    assert (None if issue is None else (issue.key, issue.reference, issue.url)) == read


def test_what_people_wrote_is_bounded_and_has_nothing_hidden() -> None:
    document = {
        "id": "ENG-1",
        "title": "Round\n\nup<!-- x -->",
        "description": "word " * 10_000,
        "status": {"name": "Todo"},
        "state": "ignored",
        "priority": {"value": 2, "name": "High"},
        "labels": ["Bug", {"name": "UI"}, 7, None],
        "assignee": 5,
    }
    issue = issue_in("ENG-1", said(document))
    listed = [
        {"body": f"{at:03} " + "x" * 9_000, "user": {"name": f"P{at}"}, "createdAt": f"2026-01-{at % 28:02}"}
        for at in range(40)
    ]
    comments, cursor = comments_in(said(listed))
    assert issue is not None
    text = text_of(issue, comments)

    assert text.startswith("ENG-1: Round up\nStatus: Todo\nPriority: High\nLabels: Bug, UI\n\nword word")
    assert "[cut here: 33,999 more characters]" in text
    assert len(text) < 41_000
    assert cursor is None
    assert comments_in(said({"comments": [{"body": 7}, 3], "hasNextPage": True, "cursor": "c"})) == ([], "c")
    with pytest.raises(Unreadable):
        comments_in(said({"comments": 3}))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinearService]:
    with linear_service(tmp_path_factory.mktemp("linear")) as service:
        yield service


@pytest.fixture
async def linear(there: LinearService, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Linear]:
    monkeypatch.setenv("KEY_OF_LINEAR", there.key)
    declared = ToolServer(url=there.mcp, credential="KEY_OF_LINEAR", tools=("get_issue",), kind="linear", teams=("ENG",))
    servers = Servers({"linear": declared}, {})
    yield Linear(servers, "linear", PLACE)
    there.mend()
    await servers.close()


async def test_a_linear_that_fails_is_told_of_in_half_a_sentence(
    there: LinearService, linear: Linear, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mcp.toml").write_text(
        f'[linear]\nkind = "linear"\nurl = "{there.mcp}"\ncredential = "KEY_OF_LINEAR"\ntools = ["get_issue"]\n'
        'teams = ["ENG"]\ntell = ["start"]\n'
    )
    settings = Settings(_env_file=None, HARVEST_STATE_DIR=str(tmp_path))
    there.put("ENG-1", title="Round", comments=[{"body": str(at)} for at in range(300)])
    told = {}
    for fault in ("slow", "down", "refuse", "huge", "empty"):
        there.fail(fault)
        if fault == "slow":
            monkeypatch.setattr(workspace, "READ_SECONDS", 0.5)
        with pytest.raises(ServerProblem) as caught:
            await linear.read("ENG-1")
        monkeypatch.setattr(workspace, "READ_SECONDS", READ_SECONDS)
        told[fault] = str(caught.value)
        there.mend()

    (finding,) = await tools_findings(settings)
    assert finding.verdict == "ok"
    assert finding.detail == (
        "linear takes KEY_OF_LINEAR and has get_issue, for all repositories; Harvest reads issues of ENG that a "
        "request names, and tells there: start"
    )
    assert told == {
        "slow": "it gave no answer in 0.5 s",
        "down": "it answered with an error (503)",
        "refuse": "it refused Harvest's credential (401)",
        "huge": "its answer is larger than 8 MB",
        "empty": "Linear's answer is of another form than expected",
    }
    assert await linear.read("ENG-999") is None
    read = await linear.read("ENG-1")
    assert read is not None
    assert read[1].count("Comment by Ada Byron on ") == 20
    assert read[1].endswith("\n\n299")
    assert await linear.has_comment_with("ENG-1", "17")
    assert not await linear.has_comment_with("ENG-1", "1777")
    for fault in ("", "older"):
        if fault:
            there.fail(fault)
        await linear.write_comment("ENG-1", f"written {fault}")
    with pytest.raises(ServerProblem, match="it takes no comment there"):
        await linear.write_comment("ENG-999", "where?")
    assert there.said("ENG-1") == ["written ", "written older"]
