"""Registries are what the package managers of the sandbox say of themselves, whatever an earlier agent has left for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import registry_program
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError
from sandbox.registries import ECOSYSTEMS, registry_hosts

# What go, gem and yarn print; few machines have them all.
STAND_INS = {
    "go": "https://modules.acme.dev|https://more.acme.dev:8443/path,direct\nsums.acme.dev",
    "gem": "*** CURRENT SOURCES ***\n\nhttps://gems.acme.dev/",
    "yarn": "https://me:secret@yarn.acme.dev",
    "npm": "https://npm.acme.dev/",
}
OWN = {
    "go": ["modules.acme.dev", "more.acme.dev", "sums.acme.dev"],
    "rubygems": ["gems.acme.dev"],
    "npm": ["npm.acme.dev", "yarn.acme.dev"],
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found first."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def install(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def stand_ins(programs: Path) -> Path:
    for name, said in STAND_INS.items():
        install(programs, name, f"echo '{said}'")
    return programs


@pytest.mark.parametrize("ecosystem", OWN)
async def test_hosts_are_read_from_what_each_package_manager_prints(
    stand_ins: Path, unisolated: LocalSandbox, ecosystem: str
) -> None:
    found = await registry_hosts(unisolated, [ecosystem])
    assert list(found) == [pattern for name in OWN[ecosystem] for pattern in (name, f"*.{name}")]


async def test_one_that_fails_or_prints_something_else_has_no_hosts(stand_ins: Path, unisolated: LocalSandbox) -> None:
    install(stand_ins, "go", "echo https://half.acme.dev; exit 1")
    install(stand_ins, "gem", r"printf 'direct,off https://198.51.100.7/ http:// https://x @everyone.y \377 \0'")
    assert await registry_hosts(unisolated, ["go", "rubygems"]) == ()


async def test_all_ecosystems_are_asked_in_one_command(stand_ins: Path, unisolated: LocalSandbox) -> None:
    found = await registry_hosts(unisolated, ECOSYSTEMS)
    assert {name for names in OWN.values() for name in names} < set(found)


# Where an agent could leave settings, and the words by which these would take effect.
LEFT_BEHIND = {
    "npm": [("home", ".npmrc", "registry=https://evil.acme.dev/"), ("workspace", ".npmrc", "registry=https://evil.acme.dev/")],
    "pypi": [
        ("home", ".config/pip/pip.conf", "[global]\nindex-url = https://evil.acme.dev/simple"),
        ("home", ".pip/pip.conf", "[global]\nextra-index-url = https://evil.acme.dev/simple"),
        ("workspace", "pip.py", "raise SystemExit('https://evil.acme.dev')"),
    ],
}
TOOLS = {"npm": ["npm", "config", "get", "registry"], "pypi": ["python3", "-m", "pip", "config", "list"]}


@pytest.mark.parametrize("ecosystem", LEFT_BEHIND)
async def test_what_an_earlier_agent_left_in_home_and_project_has_no_say(unisolated: LocalSandbox, ecosystem: str) -> None:
    own = await registry_hosts(unisolated, [ecosystem])
    if not own:
        pytest.skip(f"there is no package manager for {ecosystem} here")
    for folder, path, text in LEFT_BEHIND[ecosystem]:
        await unisolated.write_file(f"{getattr(unisolated.paths, folder)}/{path}", text.encode())
    taken_in = await unisolated.run(TOOLS[ecosystem])
    assert b"evil.acme.dev" in taken_in.stdout + taken_in.stderr, "the agent's own calls do follow it"

    assert await registry_hosts(unisolated, [ecosystem]) == own


async def test_that_they_could_not_be_asked_is_an_error_with_its_reason(unisolated: LocalSandbox) -> None:
    with pytest.raises(SandboxError, match=r"could not be asked \(KeyError: 'unknown'"):
        await registry_hosts(unisolated, ["unknown"])


@pytest.mark.parametrize(
    ("mirrors", "settings", "indexes"),
    [
        ({}, "[global]\ntimeout = 5", ["own"]),
        ({}, "[global]\nindex-url = https://a.dev/simple", ["https://a.dev/simple"]),
        ({}, "[install]\nextra_index_url = https://b.dev\n https://c.dev", ["own", "https://b.dev\nhttps://c.dev"]),
        ({"PIP_INDEX_URL": "https://d.dev", "PIP_EXTRA_INDEX_URL": "https://e.dev"}, "", ["https://d.dev", "https://e.dev"]),
    ],
)
def test_an_index_that_the_image_sets_stands_in_pip_s_place(
    tmp_path: Path, mirrors: dict[str, str], settings: str, indexes: list[str]
) -> None:
    (tmp_path / "pip.conf").write_text(settings)
    files = [str(tmp_path / "pip.conf"), "/nowhere/pip.conf"]
    assert registry_program.pips_indexes(["own"], mirrors, files) == indexes
