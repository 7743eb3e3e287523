"""The command line, as an operator types it: help, bad settings, and what each command says in a line."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from github_app.domain.ask import Account
from github_app.version import VERSION
from state.inbox import Inbox
from state.jobs import Jobs
from state.sessions import Sessions
from state.watches import Watches
from tests.asks import an_ask
from tests.github_service import GitHubService
from tests.operator.command_line import environment, harvest
from tests.sqlite_file import open_sqlite
from tests.watches import NEW as NEW_WATCH

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


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    said = harvest("serve", cwd=tmp_path, GITHUB_PRIVATE_KEY="hunter2hunter2", ANTHROPIC_API_KEY="sk-hunter2")
    assert "hunter2" not in said.stdout + said.stderr


@pytest.mark.parametrize("arguments", [(), ("abc",), ("abc", "--bundle", "work.bundle")])
def test_jobs_says_when_nothing_was_ever_stored_and_makes_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert "nothing was ever stored" in harvest("jobs", *arguments, cwd=tmp_path).stderr
    assert list(tmp_path.rglob("*")) == []


def test_jobs_shows_names_and_errors_as_they_are(tmp_path: Path) -> None:
    """Brackets mean markup to the library that draws the table."""

    async def store() -> None:
        database = await open_sqlite(tmp_path / "var")
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
        database = await open_sqlite(tmp_path / "var")
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
