"""What a run of the repository's tests says of itself: how it ended, and on which files it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from github_app.domain.evidence import Files, SeenRun
from github_app.jobs.repository_tests import run_repository_tests
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxSpec

BEGIN = """
git init -q -b main . && git config user.email a@b && git config user.name A
echo right > a.txt; echo b > b.txt; git add -A; git commit -qm One
"""


@pytest.mark.parametrize(
    ("command", "exit_code", "files"),
    [
        ("exit 3", 3, "same"),
        ("echo x > new.txt", 0, "same before it wrote"),
        ("echo wrong > a.txt", 0, "other"),
        ("rm b.txt", 0, "other"),
        ("mv a.txt new.txt", 0, "other"),
        ("kill -SEGV $$", 139, "same"),
        ("kill -KILL $$", None, "same"),
    ],
)
async def test_a_run_counts_for_the_files_that_it_left_as_they_were(
    tmp_path: Path, command: str, exit_code: int | None, files: Files
) -> None:
    sandbox = await LocalBackend(tmp_path, allow_unisolated=True, bubblewrap=None).create(SandboxSpec(name="j", session="i"))
    await sandbox.run(["sh", "-ec", BEGIN])

    async def begins_on(tree: str) -> None:
        pass

    ran = await run_repository_tests(sandbox, [command], [], hidden="", seconds=60, begins_on=begins_on)
    published = (await sandbox.run(["sh", "-ec", "git add -A; git write-tree"])).stdout.decode().strip()
    await sandbox.terminate()

    seen = SeenRun(command, ran.exit_code, source="harvest", tree=ran.tree, tree_after=ran.tree_after)
    assert (seen.exit_code, seen.files_are(published)) == (exit_code, files)
