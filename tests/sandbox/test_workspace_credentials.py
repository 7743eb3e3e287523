"""The read token reaches git for one repository, and can be renewed and taken away."""

from __future__ import annotations

import os

import pytest

from sandbox.credential_helper import is_for
from sandbox.git import Identity
from sandbox.git_credentials import install_credentials, refresh_credentials, remove_credentials
from sandbox.local.sandbox import LocalSandbox
from sandbox.secret import Secret

IDENTITY = Identity("Claude (Harvest)", "harvest@example.com")
URL = "https://github.com/o/r.git"


async def test_the_read_token_can_be_renewed_and_taken_away(sandbox: LocalSandbox) -> None:
    await install_credentials(sandbox, "https://github.com/o/r.git", Secret("ghs_first"), Identity("Harvest", "h@example.com"))
    token = f"{sandbox.paths.control}/git-read-token.json"
    assert b"ghs_first" in await sandbox.read_file(token)

    await refresh_credentials(sandbox, Secret("ghs_renewed"))
    assert b"ghs_renewed" in await sandbox.read_file(token)
    await remove_credentials(sandbox)
    await remove_credentials(sandbox)
    assert b"ghs_" not in await sandbox.read_file(token)


ASKED = [
    ("protocol=https\nhost=github.com\npath=o/r.git\n", True),
    ("protocol=https\nhost=github.com\npath=o/r\n", True),
    ("protocol=http\nhost=github.com\npath=o/r.git\n", False),
    ("protocol=https\nhost=github.com:8443\npath=o/r.git\n", False),
    ("protocol=https\nhost=github.com.evil.example\npath=o/r.git\n", False),
    ("protocol=https\nhost=github.com\npath=o/other.git\n", False),
    ("protocol=https\nhost=github.com\npath=o/r.git/../other.git\n", False),
    ("protocol=https\nhost=github.com\n", False),
]


@pytest.mark.parametrize(("asked", "answered"), ASKED)
def test_the_helper_knows_its_repository_from_every_other(asked: str, answered: bool) -> None:
    assert is_for(URL, asked.splitlines(keepends=True)) is answered


async def test_git_gets_the_token_for_this_repository_and_gives_it_to_no_helper_of_the_machine(
    unisolated: LocalSandbox,
) -> None:
    await install_credentials(unisolated, URL, Secret("ghs_read"), IDENTITY)
    machine = os.path.join(unisolated.paths.tmp, "gitconfig")
    await unisolated.write_file(machine, b'[credential]\n\thelper = "!touch $HOME/asked;"\n')
    environment = {
        "GIT_CONFIG_NOSYSTEM": "0",
        "GIT_CONFIG_SYSTEM": machine,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
    }

    for asked, answered in (ASKED[0], ASKED[5]):
        filled = await unisolated.run(["git", "credential", "fill"], env=environment, stdin=asked.encode())
        assert (b"password=ghs_read" in filled.stdout) is answered
    assert "asked" not in os.listdir(unisolated.paths.home)
