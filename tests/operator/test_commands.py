"""The command line, as an operator types it: help, bad settings, doctor, jobs, setup."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from github_app.domain.ask import Account
from github_app.operator.doctor.github import deliveries_finding
from github_app.operator.doctor.model import model_finding
from github_app.operator.doctor.reviewer import reviewer_finding
from github_app.settings.operator import Settings
from github_app.version import VERSION
from state.database import Database
from state.inbox import Inbox
from state.jobs import Jobs
from state.sessions import Sessions
from state.watches import Watches
from tests.anthropic_service import AnthropicService, anthropic_service
from tests.asks import an_ask
from tests.emulators.github.browser import Browser
from tests.gemini_service import GeminiService, gemini_service
from tests.github_service import GitHubService, Person, running_github
from tests.module_process import run_module
from tests.s3_service import running_s3
from tests.state.test_watches import NEW as NEW_WATCH

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "app.yml"


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github"), "--manifest", str(MANIFEST)) as service:
        yield service


def environment(**settings: str) -> dict[str, str]:
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**own, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **settings}


def harvest(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in an empty folder with just these settings."""
    return run_module("github_app", *arguments, cwd=cwd, env=environment(**settings))


GROUPS = [("image", "build"), ("image", "list"), ("image", "refresh"), ("watch",), ("watch", "list"), ("watch", "off")]


@pytest.mark.parametrize(
    "arguments", [(), ("serve",), ("demo",), ("doctor",), ("setup",), ("jobs",), ("migrate",), ("image",), *GROUPS]
)
def test_each_command_explains_itself(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    said = harvest(*arguments, "--help", cwd=tmp_path)
    assert said.returncode == 0
    assert said.stdout.startswith("Usage: ")


def test_serve_names_every_setting_that_is_missing_and_ends(tmp_path: Path) -> None:
    said = harvest("serve", cwd=tmp_path)
    assert said.returncode == 2
    lines = said.stderr.splitlines()
    assert all(line.startswith("harvest: ") for line in lines)
    assert [line.split()[1] for line in lines] == [
        "GITHUB_APP_ID",
        "GITHUB_PRIVATE_KEY_PATH",
        "GITHUB_WEBHOOK_SECRET",
        "ANTHROPIC_API_KEY",
    ]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"HARVEST_SANDBX": "local"}, "HARVEST_SANDBX is not a setting of Harvest"),
        ({"HARVEST_SANDBOX": "docker"}, "HARVEST_SANDBOX: Input should be 'modal' or 'local'"),
        ({"HARVEST_PORT": "http"}, "HARVEST_PORT: Input should be a valid integer"),
        ({"HARVEST_PUBLIC_URL": "harvest.example.com"}, "HARVEST_PUBLIC_URL: Value error, is not a URL"),
        (
            {"HARVEST_ARTIFACTS": "https://bucket"},
            "HARVEST_ARTIFACTS: Value error, has to be s3://BUCKET or s3://BUCKET/PREFIX",
        ),
        ({"HARVEST_COMMAND": "/har vest"}, "HARVEST_COMMAND: Value error, has to be one word"),
        ({"HARVEST_COMMAND": "`sh`"}, "HARVEST_COMMAND: Value error, has to be one word"),
        ({"GITHUB_APP_ID": "my-app"}, "GITHUB_APP_ID: Value error, is not an App's id"),
        ({"GITHUB_PRIVATE_KEY": "not a key"}, "GITHUB_PRIVATE_KEY: this is not a private key"),
        ({"HARVEST_MODAL_MODEL_SECRET": "model"}, "HARVEST_MODAL_MODEL_SECRET is for HARVEST_MODEL_ACCESS=direct"),
        ({"HARVEST_MODAL_MODEL_SECRET": "model", "ANTHROPIC_BASE_URL": "http://10.0.0.1"}, "into https:// requests alone"),
        ({"HARVEST_MODAL_MODEL_SECRET": "model"}, "set HARVEST_EGRESS=open"),
        ({"GITHUB_PRIVATE_KEY_PATH": "nowhere.pem"}, "nowhere.pem can't be read"),
    ],
)
def test_a_setting_that_is_wrong_is_one_line_that_says_what_to_do(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    said = harvest("serve", cwd=tmp_path, **settings)
    assert said.returncode == 2
    assert words in said.stderr
    assert "Traceback" not in said.stderr


def test_a_misspelt_setting_in_the_env_file_is_refused_as_well(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HARVEST_LABLE=agent\nHARVEST_LABEL=agent\nMINE=1\n")
    said = harvest("serve", cwd=tmp_path)
    assert said.returncode == 2
    assert "HARVEST_LABLE is not a setting of Harvest" in said.stderr
    assert "HARVEST_LABEL " not in said.stderr


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfeH\0A\0")
    said = harvest("serve", cwd=tmp_path)
    assert (said.returncode, "Traceback" in said.stderr) == (2, False)
    assert ".env can't be read (UnicodeDecodeError)" in said.stderr


def test_a_key_of_another_kind_is_named_before_github_is_asked(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    said = harvest("doctor", cwd=tmp_path, GITHUB_APP_ID="1", GITHUB_PRIVATE_KEY=pem, HARVEST_SANDBOX="local")
    assert "GITHUB_PRIVATE_KEY: GitHub's keys are RSA" in said.stdout


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_state_directory_that_can_not_be_written_is_a_line_with_advice(
    github: GitHubService, tmp_path: Path, command: str
) -> None:
    (tmp_path / "taken").write_text("a file\n")
    usable = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1", "ANTHROPIC_API_KEY": "k", "HARVEST_PORT": "0"}
    said = harvest(command, cwd=tmp_path, **github.env, **usable, HARVEST_STATE_DIR="taken/state")
    assert said.returncode in (1, 2)
    assert "Traceback" not in said.stderr
    assert "set HARVEST_STATE_DIR to a folder that you own" in said.stdout + said.stderr


def test_an_agent_that_nothing_isolates_is_spoken_of_where_it_is_chosen(github: GitHubService, tmp_path: Path) -> None:
    """Without bubblewrap, of which there is none on this PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git") or "/usr/bin/git")
    chosen = {**github.env, "HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1", "ANTHROPIC_API_KEY": "k"}
    chosen |= {"PATH": str(programs), "HARVEST_PORT": "0"}
    danger = "it may run any command as this user, and nothing stands between it and this machine"
    assert danger in " ".join(harvest("doctor", cwd=tmp_path, **chosen).stdout.split())
    argv = [sys.executable, "-m", "github_app", "serve"]
    with subprocess.Popen(
        argv, cwd=tmp_path, env=environment(**chosen), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stderr is not None
        first = serving.stderr.readline()
        serving.terminate()
    assert danger in first


def test_a_second_service_on_the_same_state_or_the_same_port_is_told_so(github: GitHubService, tmp_path: Path) -> None:
    usable = {**github.env, "HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1", "ANTHROPIC_API_KEY": "k"}
    argv = [sys.executable, "-m", "github_app", "serve"]
    with subprocess.Popen(
        argv,
        cwd=tmp_path,
        env=environment(**usable, HARVEST_PORT="0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as first:
        try:
            assert first.stdout is not None
            port = first.stdout.readline().strip().rpartition(":")[2]
            said = harvest("serve", cwd=tmp_path, **usable, HARVEST_PORT="0")
            assert (said.returncode, f"another Harvest (process {first.pid}) is using var" in said.stderr) == (2, True)
            said = harvest("serve", cwd=tmp_path, **usable, HARVEST_PORT=port, HARVEST_STATE_DIR="other")
            assert (said.returncode, "Address already in use" in said.stderr) == (2, True)
        finally:
            first.terminate()


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


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    said = harvest("serve", cwd=tmp_path, GITHUB_PRIVATE_KEY="hunter2hunter2", ANTHROPIC_API_KEY="sk-hunter2")
    assert "hunter2" not in said.stdout + said.stderr


def test_jobs_says_when_nothing_was_ever_stored(tmp_path: Path) -> None:
    assert "nothing was ever stored" in harvest("jobs", cwd=tmp_path).stderr


def test_jobs_shows_names_and_errors_as_they_are(tmp_path: Path) -> None:
    """Brackets mean markup to the library that draws the table."""

    async def store() -> None:
        database = await Database.open(f"sqlite:///{tmp_path}/var/harvest.db")
        session = await Sessions(database).open_session(
            installation_id=1, repository_id=1, repository="a/b", thread=7, kind="issue"
        )
        ask = an_ask(actor=Account(2, "dependabot[bot]", "Bot"), thread=7).to_json()
        await Jobs(database).add(
            "jobofabot", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask=ask
        )
        inbox = await Inbox.open(database)
        await inbox.accept(delivery_id="1", domain_key=None, event="issues", action=None, body=b"{}", received_at=0.0)
        (delivery,) = await inbox.claim()
        await inbox.park(delivery.number, "KeyError: '[/red]'")
        await inbox.close()
        await database.close()

    asyncio.run(store())
    said = harvest("jobs", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert "dependabot[bot]" in said.stdout
    assert "given up after 1 attempt: delivery" in said.stdout
    assert "KeyError: '[/red]'" in said.stdout
    said = harvest("jobs", "nosuchjob", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (2, "harvest: there is no job nosuchjob: `harvest jobs` lists them\n")


def test_watches_are_listed_and_ended_for_all_repositories(tmp_path: Path) -> None:
    async def store() -> None:
        database = await Database.open(f"sqlite:///{tmp_path}/var/harvest.db")
        for number in (7, 8):
            await Watches(database).begin(replace(NEW_WATCH, id=f"w{number}", pull_number=number))
        await database.close()

    assert "nothing was ever stored" in harvest("watch", "list", cwd=tmp_path).stderr
    asyncio.run(store())
    listed = harvest("watch", "list", cwd=tmp_path).stdout
    assert "a/b#7" in listed
    assert "$5.00" in listed
    assert "a/b#9 is not watched: `harvest watch list` says what is" in harvest("watch", "off", "a/b#9", cwd=tmp_path).stderr
    assert "or `harvest watch off --all`" in harvest("watch", "off", cwd=tmp_path).stderr
    assert harvest("watch", "off", "a/b#7", cwd=tmp_path).stdout == "a/b#7 is not watched any more\n"
    assert harvest("watch", "off", "--all", cwd=tmp_path).stdout == "a/b#8 is not watched any more\n"
    assert harvest("watch", "list", cwd=tmp_path).stdout == "No pull request is watched.\n"


def test_image_says_when_there_are_none_and_makes_nothing_of_it(tmp_path: Path) -> None:
    assert "`harvest image refresh owner/name` builds one" in harvest("image", "list", cwd=tmp_path).stdout
    assert list(tmp_path.iterdir()) == []


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


def test_the_version_is_said(tmp_path: Path) -> None:
    said = harvest("--version", cwd=tmp_path)
    assert (said.returncode, said.stdout, said.stderr) == (0, f"harvest {VERSION}\n", "")


def test_an_image_of_a_repository_without_the_app_is_refused_in_a_line(github: GitHubService, tmp_path: Path) -> None:
    local = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1"}
    said = harvest("image", "refresh", "nobody/nothing", cwd=tmp_path, **github.env, **local)
    assert (said.returncode, said.stdout) == (2, "")
    assert (
        said.stderr
        == "harvest: the App was not found on nobody/nothing (GitHub answered 404: Not Found): is it installed there?\n"
    )


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


def test_setup_registers_the_app_and_writes_private_files(github: GitHubService, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "github_app", "setup", "--public-url", "https://harvest.example.com/"]
    settings = environment(GITHUB_API_URL=github.env["GITHUB_API_URL"], GITHUB_SERVER_URL=github.url)
    process = subprocess.Popen(argv, cwd=tmp_path, env=settings, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    browser = Browser(github, github.maintainer.login)
    try:
        here = re.findall(r"http://\S+", process.stdout.readline())[0]
        browser.open(here)
        assert "https://harvest.example.com/webhooks/github" in browser.page
        browser.send_form()
        assert browser.where.startswith(f"{github.url}/settings/apps/new?state=")
        browser.press("create", name="Harvest of a test")
        assert httpx.get(f"{here}/back", params={"code": "code1234567890", "state": "guess"}).status_code == 400
        assert httpx.get(browser.where).status_code == 200
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert f"{github.url}/apps/harvest-of-a-test/installations/new" in rest
    written = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines() if not line.startswith("#"))
    assert written["HARVEST_PUBLIC_URL"] == "https://harvest.example.com"
    for name in (".env", "harvest.private-key.pem"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 300, "iss": written["GITHUB_APP_ID"]}
    proof = jwt.encode(claims, (tmp_path / written["GITHUB_PRIVATE_KEY_PATH"]).read_text(), "RS256")
    registered = Person("the app", proof, github.api)
    assert registered.get("/app")["permissions"]["contents"] == "write"
    assert registered.get("/app/hook/config")["url"] == "https://harvest.example.com/webhooks/github"


def test_setup_does_not_overwrite_what_is_there(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")
    said = harvest("setup", "--public-url", "https://harvest.example.com", cwd=tmp_path)
    assert said.returncode == 2
    assert ".env is there already" in said.stderr
