"""`harvest doctor`: what is good, what is missing, and what to do about it, a line each."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_app.operator.doctor.github import deliveries_finding
from github_app.operator.doctor.model import model_finding
from github_app.operator.doctor.reviewer import reviewer_finding
from github_app.settings.operator import Settings
from state.database import Database
from tests.anthropic_service import AnthropicService, anthropic_service
from tests.gemini_service import GeminiService, gemini_service
from tests.github_service import GitHubService, running_github
from tests.operator.command_line import MANIFEST, harvest
from tests.s3_service import running_s3


def test_doctor_says_why_github_was_not_reached(github: GitHubService, tmp_path: Path) -> None:
    nowhere = {**github.env, "GITHUB_API_URL": "http://127.0.0.1:9"}
    said = harvest("doctor", cwd=tmp_path, **nowhere, HARVEST_SANDBOX="local", HARVEST_LOCAL_UNISOLATED="1")
    assert said.returncode == 1
    assert "GitHub was not reached (ConnectError: " in said.stdout
    assert "is http://127.0.0.1:9 reachable from here?" in said.stdout


def test_doctor_tries_the_bucket_for_artifacts_and_says_why_it_can_not_be_used(tmp_path: Path) -> None:
    with running_s3(tmp_path) as s3:
        said = harvest("doctor", cwd=tmp_path, HARVEST_SANDBOX="local", **s3.env)
        assert "s3://artifacts/harvest can be written and read" in said.stdout
        said = harvest("doctor", cwd=tmp_path, HARVEST_SANDBOX="local", **{**s3.env, "AWS_SECRET_ACCESS_KEY": "hunter2"})
        assert (said.returncode, "hunter2" in said.stdout + said.stderr) == (1, False)
        assert "s3://artifacts/harvest: the bucket could not be written: SignatureDoesNotMatch" in said.stdout
        assert "correct HARVEST_ARTIFACTS and the AWS_… settings" in said.stdout
        assert s3.keys() == []


def test_doctor_finds_a_good_app_good_and_says_where_webhooks_go(github: GitHubService, tmp_path: Path) -> None:
    github.point_hook_at("http://127.0.0.1:8000/webhooks/github")
    said = harvest("doctor", cwd=tmp_path, **github.env, HARVEST_SANDBOX="local", HARVEST_LOCAL_UNISOLATED="1").stdout
    for line in (
        "✓ GitHub App",
        "✓ permissions",
        "✓ events",
        "✓ webhook",
        "✓ installation",
        "✓ git",
        "✓ database",
        "✓ Claude CLI",
        "✓ egress",
    ):
        assert line in said, said
    assert "✗ model" in said


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiService]:
    with gemini_service() as service:
        yield service


@pytest.fixture(scope="module")
def model() -> Iterator[AnthropicService]:
    with anthropic_service() as service:
        yield service


REFUSED = """
title = "Refuses"
[[acts]]
name = "refuse"
prompt = "."
[[acts.scenes]]
name = "never"
say = "Hello."
fault = {{ kind = "refuse", status = {status}, times = 0, message = "{message}" }}
"""


ANSWERS = REFUSED.partition("fault")[0]


@pytest.mark.parametrize(
    ("settings", "play", "words"),
    [
        ({}, ANSWERS, "takes the key and answers as claude-sonnet-5-5 (sonnet)"),
        (
            {"HARVEST_MODEL": "opusplan"},
            ANSWERS,
            "takes the key and answers as claude-opus-5-5 and claude-sonnet-5-5 (opusplan)",
        ),
        ({"HARVEST_MODEL": "claude-sonet-5-5"}, ANSWERS, "claude-sonet-5-5 does not exist, or the key may not use it"),
        ({"HARVEST_MODEL": "claude-sonet-5-5"}, ANSWERS, "did you mean claude-sonnet-5-5?"),
        ({"HARVEST_MODEL": "sonet"}, ANSWERS, "HARVEST_MODELS does not allow sonet"),
        ({"HARVEST_MODEL": "opus", "HARVEST_MODELS": "sonnet"}, ANSWERS, "HARVEST_MODELS does not allow claude-opus-5-5"),
        ({"ANTHROPIC_API_KEY": "wrong"}, ANSWERS, "the key was refused (401: invalid x-api-key)"),
        ({}, REFUSED.format(status=400, message="Your credit balance is too low"), "the account is out of credit"),
        ({}, REFUSED.format(status=429, message="Slow down"), "the rate limit is reached (429: Slow down)"),
        ({}, REFUSED.format(status=529, message="Overloaded"), "it is not available now (529: Overloaded)"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, ANSWERS, "not reached (ConnectError)"),
    ],
)
async def test_doctor_tries_the_model_with_one_token(
    model: AnthropicService, settings: dict[str, str], play: str, words: str
) -> None:
    model.play(play)
    found = await model_finding(Settings.model_validate({**model.environment, **settings}))
    assert words in f"{found.detail}; {found.advice}"
    asked = [request["body"] for request in model.requests() if request["path"] == "/v1/messages"]
    assert {body["max_tokens"] for body in asked} <= {1}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "takes the key and has gemini-3.1-pro-preview"),
        ({"GEMINI_API_KEY": "wrong"}, "the key was refused (400: API key not valid"),
        ({"HARVEST_REVIEW_MODEL": "gemini-0"}, "gemini-0 does not exist"),
        ({"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9"}, "Gemini was not reached (ConnectError)"),
        ({"GEMINI_API_KEY": "", "ANTHROPIC_API_KEY": "a-key"}, "a second Claude model reviews plans"),
        ({"GEMINI_API_KEY": ""}, "plans are not reviewed"),
    ],
)
async def test_doctor_asks_gemini_for_the_model_that_reviews_plans(
    gemini: GeminiService, settings: dict[str, str], words: str
) -> None:
    given = {**gemini.environment, **settings}
    found = await reviewer_finding(Settings.model_validate({name: value for name, value in given.items() if value}))
    assert words in found.detail


def test_doctor_makes_nothing_and_takes_a_webhook_that_goes_nowhere_for_missing(github: GitHubService, tmp_path: Path) -> None:
    github.point_hook_at("")
    local = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1", "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    said = harvest("doctor", cwd=tmp_path, **github.env, **local)
    assert said.returncode == 1
    assert "✗ webhook" in said.stdout
    assert "the App sends to nowhere" in said.stdout
    assert "→ set the webhook URL on the App's page to http://127.0.0.1:8000/webhooks/github" in said.stdout
    assert "made in" in said.stdout
    assert [path.name for path in tmp_path.rglob("*")] == ["tmp"]


def test_doctor_only_looks_at_a_database_that_is_there(github: GitHubService, tmp_path: Path) -> None:
    asyncio.run(opened_and_closed(f"sqlite:///{tmp_path}/var/harvest.db"))
    before = sorted(path.name for path in tmp_path.rglob("*"))
    said = harvest("doctor", cwd=tmp_path, **github.env, HARVEST_SANDBOX="local", HARVEST_LOCAL_UNISOLATED="1")
    assert re.search(r"✓ database +sqlite, 0 deliveries done, 0 waiting", said.stdout)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


async def opened_and_closed(url: str) -> None:
    await (await Database.open(url)).close()


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        ([200, 202], "✓ the last 2 arrived"),
        ([202, 502], "! 1 of the last 2 deliveries failed, the latest of them with 502; those after it arrived"),
        ([0, 202], "✗ 1 of the last 2 deliveries failed, the latest of them with 0 → start `harvest serve`"),
        ([401, 401], "✗ 2 of the last 2 deliveries failed, the latest of them with 401 → the secrets differ"),
        ([404], "✗ 1 of the last 1 deliveries failed, the latest of them with 404 → something else than Harvest answers"),
    ],
)
def test_deliveries_that_fail_are_missing_until_one_arrives(statuses: list[int], line: str) -> None:
    found = deliveries_finding(statuses, "https://harvest.example.com/webhooks/github")
    marks = {"ok": "✓", "warning": "!", "missing": "✗"}
    assert f"{marks[found.verdict]} {found.detail} → {found.advice}".startswith(line)


def test_doctor_says_what_to_do_about_a_key_of_another_app(github: GitHubService, tmp_path: Path) -> None:
    said = harvest("doctor", cwd=tmp_path, **{**github.env, "GITHUB_APP_ID": "1"}, HARVEST_SANDBOX="local")
    assert said.returncode == 1
    assert "GitHub does not take the key" in said.stdout
    assert "compare GITHUB_APP_ID" in said.stdout


def test_doctor_names_the_permission_that_an_installation_lacks(tmp_path: Path) -> None:
    with running_github(tmp_path / "github", "--manifest", str(MANIFEST)) as service:
        installation = service.control("POST", "installations", {"account": "pat-quill"})["id"]
        service.control("PATCH", f"installations/{installation}", {"permissions": {"metadata": "read"}})
        said = harvest("doctor", cwd=tmp_path, **service.env, HARVEST_SANDBOX="local").stdout
    assert "contents: write (granted: none)" in said
