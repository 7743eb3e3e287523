"""The doctor's lines on tool servers: one each, with what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from github_app.operator.doctor.tools import tools_findings
from github_app.settings.operator import Settings
from tests.gateway.hostile_tools import hostile_tools


async def test_the_doctor_asks_each_server_whether_it_answers_takes_the_key_and_has_the_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hostile_tools() as there:
        declared = "".join(
            f'[{name}]\nurl = "{url}"\n{more}\n'
            for name, url, more in (
                ("good", there.url, 'credential = "GOOD_KEY"\ntools = ["echo"]\nchanging = ["fail"]'),
                ("wrong-key", there.url, 'credential = "WRONG_KEY"\ntools = ["echo"]'),
                ("no-key", there.url, 'credential = "NO_KEY"\ntools = ["echo"]'),
                ("lacking", there.url, 'credential = "GOOD_KEY"\ntools = ["echo", "fly"]'),
                (
                    "tracker",
                    there.url,
                    'credential = "GOOD_KEY"\ntools = ["echo"]\nkind = "linear"\nteams = ["ENG"]\ntell = ["start"]',
                ),
                ("dead", "http://127.0.0.1:1/mcp", 'tools = ["echo"]'),
            )
        )
        github = '[github]\nbuiltin = "github"\nrepositories = ["acme/*"]\nchanging = ["add_labels"]\n'
        misspelt = '[github-few]\nbuiltin = "github"\ntools = ["get_issue", "get_isue"]\n'
        built_in = f'{github}{misspelt}[gemini]\nbuiltin = "gemini"\n'
        (tmp_path / "mcp.toml").write_text(declared + built_in)
        monkeypatch.setenv("GOOD_KEY", there.key)
        monkeypatch.setenv("WRONG_KEY", "of-somebody-else")
        findings = await tools_findings(Settings(_env_file=None, HARVEST_STATE_DIR=str(tmp_path)))
        away = {"GEMINI_API_KEY": "x", "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1", "HARVEST_STATE_DIR": str(tmp_path)}
        (*_, with_key) = await tools_findings(Settings.model_validate(away))
        direct = await tools_findings(Settings(_env_file=None, HARVEST_STATE_DIR=str(tmp_path), HARVEST_MODEL_ACCESS="direct"))

    assert [(one.subject, one.verdict) for one in findings] == [
        *(
            ("tools", verdict)
            for verdict in ("ok", "missing", "missing", "warning", "warning", "missing", "ok", "warning", "warning")
        )
    ]
    said = [f"{one.detail} → {one.advice}" for one in findings]
    assert said[0].startswith("good takes GOOD_KEY and has echo, fail, for all repositories")
    assert said[1] == "wrong-key: it refused Harvest's credential (401) → set a valid WRONG_KEY"
    assert said[2] == "no-key: NO_KEY is not set → set a valid NO_KEY"
    assert said[3].startswith("lacking has no tool fly → correct tools; it has: ask, echo, fail")
    assert said[4].startswith("tracker has no tool get_issue, list_comments, save_comment, which Harvest itself calls → ")
    assert "dead: it can't be reached" in said[5]
    assert said[6].startswith(
        "github is built in (github), with all its tools that read, for acme/*; where `write_issues` is set also add_labels"
    )
    assert said[7].startswith("github-few has no tool get_isue → correct tools; it has: get_issue, get_issue_comments, ")
    assert said[8].endswith("jobs get none of its tools: there is no key → set GEMINI_API_KEY, or remove the server")
    assert with_key.detail == "gemini: Gemini was not reached (ConnectError)"
    assert not any(there.key in line for line in said)
    assert [one.verdict for one in direct] == ["warning"]
    assert await tools_findings(Settings(_env_file=None, HARVEST_STATE_DIR=str(tmp_path / "empty"))) == []


async def test_the_doctor_does_not_wait_long_for_a_server_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("github_app.operator.doctor.tools.ANSWER_SECONDS", 0.5)
    done = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as there:
        url = f"http://127.0.0.1:{there.sockets[0].getsockname()[1]}/mcp"
        (tmp_path / "mcp.toml").write_text(f'[slow]\nurl = "{url}"\ntools = ["echo"]\n')
        (found,) = await tools_findings(Settings(_env_file=None, HARVEST_STATE_DIR=str(tmp_path)))
        done.set()
    assert found.detail == "slow: it gave no answer in 0.5 s"
