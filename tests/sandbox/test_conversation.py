"""Of an agent's home the conversation comes along, and of that what the CLI needs to go on; everything else is new."""

from __future__ import annotations

import json

import pytest

from sandbox.conversation import carried_lines, config_folder, make_home
from sandbox.local import LocalBackend
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxSpec

SESSION = "44444444-2222-4333-8444-555555555556"
SAID = '{"type": "user", "message": "hello"}\n'


async def next_sandbox(backend: LocalBackend, sandbox: LocalSandbox, script: str) -> LocalSandbox:
    """One that starts from what the script left in this one; its arguments are the CLI's folder and the transcript's name."""
    left = await sandbox.run(["sh", "-ec", script, "sh", config_folder(sandbox), f"{SESSION}.jsonl"])
    assert left.exit_code == 0, left.stderr
    snapshot = await sandbox.snapshot()
    await sandbox.terminate()
    return await backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot))


async def files_in_home(sandbox: LocalSandbox) -> list[str]:
    found = await sandbox.run(["find", ".", "-type", "f"], cwd=sandbox.paths.home)
    return sorted(found.stdout.decode().splitlines())


WRITE = f"""
mkdir -p "$1/projects/-workspace"
printf '%s' '{SAID}' > "$1/projects/-workspace/$2"
touch ~/.bashrc "$1/settings.json"
"""
HIDES_IT = {
    "a link": 'mv "$1/projects/-workspace/$2" ~/kept; ln -s ~/kept "$1/projects/-workspace/$2"',
    "a link in a folder's place": 'mv "$1/projects/-workspace" ~/kept; ln -s ~/kept "$1/projects/-workspace"',
    "a link in the CLI's own place": 'mv "$1" ~/kept; ln -s ~/kept "$1"',
    "a pipe": 'rm "$1/projects/-workspace/$2"; mkfifo "$1/projects/-workspace/$2"',
    "a folder": 'rm "$1/projects/-workspace/$2"; mkdir "$1/projects/-workspace/$2"',
    "a folder of another name": 'mv "$1/projects/-workspace" "$1/projects/a b"',
    "no end": 'truncate -s 3G "$1/projects/-workspace/$2"',
    "no JSON": 'echo "#!/bin/sh" > "$1/projects/-workspace/$2"',
    "nothing": 'rm -r "$1"',
}


async def test_the_conversation_comes_along_and_nothing_else(backend: LocalBackend, sandbox: LocalSandbox) -> None:
    job = await next_sandbox(backend, sandbox, WRITE)

    assert await make_home(job, SESSION)

    assert await files_in_home(job) == [f"./.claude/projects/-workspace/{SESSION}.jsonl"]
    path = f"{config_folder(job)}/projects/-workspace/{SESSION}.jsonl"
    assert json.loads(await job.read_file(path)) == json.loads(SAID)
    assert await make_home(job, SESSION), "also when it is repeated after a crash"
    assert json.loads(await job.read_file(path)) == json.loads(SAID)


@pytest.mark.parametrize("instead", HIDES_IT)
async def test_what_is_no_transcript_is_not_taken_over(backend: LocalBackend, sandbox: LocalSandbox, instead: str) -> None:
    job = await next_sandbox(backend, sandbox, WRITE + HIDES_IT[instead])

    assert not await make_home(job, SESSION)

    assert await files_in_home(job) == []


@pytest.mark.parametrize("image", [None, "snap-0123456789abcdef01234567"])
async def test_without_an_image_that_is_there_a_home_is_empty(
    backend: LocalBackend, sandbox: LocalSandbox, image: str | None
) -> None:
    await sandbox.run(["sh", "-c", "mkdir ~/closed && touch ~/.bashrc ~/closed/file && chmod 0 ~/closed"])
    snapshot = await sandbox.snapshot()
    await sandbox.terminate()

    job = await backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot, image_id=image))
    await job.renew_home()

    assert await files_in_home(job) == []


@pytest.mark.parametrize(
    ("line", "comes_along"),
    [
        (b'{"type":"user","message":{"content":"hello"}}', True),
        (b'{"type":"assistant","message":{"content":[]}}', True),
        (b'{"type":"system","subtype":"compact_boundary"}', True),
        (b'{"type":"user","text":"\\ud800"}', True),
        (b'{"type":"worktree-state","worktreePath":"/tmp"}', False),
        (b'{"type":"permission-mode","permissionMode":"plan"}', False),
        (b'{"type":"api-request","params":{}}', False),
        (b'{"type":"user","type":"worktree-state"}', False),
        (b'{"type":["user"]}', False),
        (b'{"type":"user","number":NaN}', False),
        (b'{"type":"user","half":', False),
        (b'["user"]', False),
        (b'{"type":"user","deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}", False),
        (b"\xff\xfe", False),
        (b"", False),
    ],
)
def test_which_entries_come_along(line: bytes, comes_along: bool) -> None:
    carried = carried_lines(b'{"type":"user","first":1}\n' + line + b'\n{"type":"user","last":1}')

    entries = [json.loads(each) for each in carried.splitlines()]
    assert len(entries) == 2 + comes_along
    assert not comes_along or entries[1] == json.loads(line)
