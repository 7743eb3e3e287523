"""Git on Harvest's side is bounded, knows no configuration but ours, and keeps the token where nobody reads it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from github_app.publish.vet.clean_git import CleanGit, GitFailed, GitSaidTooMuch, GitTookTooLong, Remote
from sandbox.secret import Secret
from tests.publish.processes import is_running
from tests.waiting import until

TOKEN = "ghs_" + "w" * 36


@pytest.fixture
async def clean(tmp_path: Path) -> CleanGit:
    return await CleanGit.create(tmp_path / "clean.git")


async def test_no_configuration_of_the_machine_or_its_user_counts(
    clean: CleanGit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody\n[core]\n\tsshCommand = false\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'user.name=Other'")

    listed = (await clean.run("config", "--list", "--show-origin")).stdout.decode()

    assert "Somebody" not in listed
    assert "Other" not in listed
    assert {line.split("\t")[0] for line in listed.splitlines()} == {f"file:{clean.repository}/config", "command line:"}


async def test_the_token_is_bound_to_its_address_and_is_in_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0" "$@" >{tmp_path}/argv\nenv >{tmp_path}/env\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    clean = CleanGit(tmp_path / "clean.git")
    remote = Remote("https://github.example/o/r.git", Secret(TOKEN))

    await clean.run("fetch", remote.url, remote=remote)
    argv, with_remote = (tmp_path / "argv").read_text(), (tmp_path / "env").read_text()
    await clean.run("fsck")
    without = (tmp_path / "env").read_text()

    assert TOKEN not in argv + with_remote
    assert "http.https://github.example/o/r.git.extraHeader" in with_remote
    assert "GIT_ALLOW_PROTOCOL=https\n" in with_remote
    assert "Authorization" not in without
    assert "GIT_ALLOW_PROTOCOL=file\n" in without
    assert TOKEN not in repr(remote)


async def test_other_protocols_are_not_spoken(clean: CleanGit, tmp_path: Path) -> None:
    for url in ("ext::sh -c touch% trap", f"file://{tmp_path}/clean.git", "ssh://x/y"):
        with pytest.raises(GitFailed, match="not allowed"):
            await clean.run("ls-remote", "--", url, remote=Remote("https://x/y.git", Secret(TOKEN)))


async def test_a_command_past_its_time_is_ended_with_its_children(clean: CleanGit, tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    noted.write_text("")
    with pytest.raises(GitTookTooLong, match="longer than"):
        await clean.run("-c", f"alias.hang=!echo $$ >{noted}; exec sleep 60", "hang", timeout_seconds=1)

    started = noted.read_text()  # nothing, on a machine so slow that it was ended before it began
    await until(lambda: not started or not is_running(int(started)), "the killed child to be gone")


async def test_output_past_the_limit_ends_the_command(clean: CleanGit) -> None:
    with pytest.raises(GitSaidTooMuch, match="grew past 1,000 bytes"):
        await clean.run("-c", "alias.chat=!yes", "chat", max_bytes=1_000)


async def test_a_failure_says_which_command_how_and_why(clean: CleanGit) -> None:
    with pytest.raises(GitFailed, match=r"git rev-parse ended with 128: fatal: Needed a single revision"):
        await clean.run("rev-parse", "--verify", "nothing")
    assert (await clean.run("rev-parse", "--verify", "--quiet", "nothing", accept=(1,))).exit_code == 1


async def test_a_command_that_does_not_read_its_input_is_no_fault(clean: CleanGit) -> None:
    assert (await clean.run("version", stdin=b"x" * 1_000_000)).stdout.startswith(b"git version")
