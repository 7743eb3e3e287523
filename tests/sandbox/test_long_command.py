"""A run that a Harvest which died left behind in a sandbox is over when the next one begins."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sandbox.local.sandbox import LocalSandbox
from sandbox.long_command import begin_run, run_long

# Another Harvest, which begins a run and gets no further.
ANOTHER = """
import asyncio, sys
from pathlib import Path
from sandbox.local import LocalBackend
from sandbox.long_command import begin_run, run_long

async def main(root, isolation, sandbox_id):
    backend = LocalBackend(Path(root), allow_unisolated=True, bubblewrap="bwrap" if isolation == "bubblewrap" else None)
    sandbox = await backend.attach(sandbox_id)
    await run_long(sandbox, "flock work.lock sh -c 'touch begun; sleep 1000'", run=await begin_run(sandbox), seconds=1000)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_was_left_behind_is_ended_before_the_next_run(sandbox: LocalSandbox, root: Path) -> None:
    isolation = "bubblewrap" if sandbox.isolated else "none"
    another = await asyncio.create_subprocess_exec(sys.executable, "-c", ANOTHER, str(root), isolation, sandbox.id)
    while (await sandbox.run(["test", "-e", "begun"])).exit_code != 0:
        assert another.returncode is None
    another.kill()
    await another.wait()

    ran = await run_long(sandbox, "flock --nonblock work.lock echo alone", run=await begin_run(sandbox), seconds=60)

    assert (ran.exit_code, ran.output) == (0, b"alone\n")
