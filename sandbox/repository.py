"""Opens the repository in a sandbox's workspace: the one that is there if it is sound, else a new one.

Whatever in its `.git` folder could configure git is written anew each time, so nothing that an earlier run put there goes on
acting (`repository_program.py`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sandbox import repository_program
from sandbox.capture import completed
from sandbox.git import LOCAL_GIT_SECONDS, git_environment, quoted
from sandbox.protocol import MAX_CAPTURED_BYTES, Process, Sandbox, SandboxError

# Up to this size (KiB) old contents are fetched too. Without them a clone is quicker, but then every `git blame` and `git
# log -p` of the agent fetches them one by one: for Flask's 13 MB the clone took 1.9 s instead of 2.8 s, and one blame 4.7 s
# instead of 0.06 s, from a server on the same machine.
WHOLE_CLONE_KIB = 100 * 1024

_PROGRAM = Path(repository_program.__file__).read_text().replace(repository_program.__doc__ or "", "", 1)


@dataclass(frozen=True)
class Opened:
    """`is_new` says that nothing is in it yet. `hidden` is what git does not show there beside what the repository itself
    ignores, as lines of `.git/info/exclude` with a character for a byte. `notes` are sentences on what was set aside."""

    is_new: bool
    hidden: str
    notes: tuple[str, ...]


class _Said(msgspec.Struct):
    """What the program prints."""

    new: bool
    aside: str
    exclude: str


async def open_repository(
    sandbox: Sandbox,
    remote_url: str,
    reported_kib: int | None,
    *,
    hidden: str | None,
    refs: Sequence[str] = (),
    anew: bool = False,
    when_configured: Callable[[], None] = lambda: None,
) -> Opened:
    """Make sure that there is a sound repository. `reported_kib` is the size that GitHub reports (KiB), None if unknown;
    `hidden` as in Opened, None to leave that as it is. `refs` are those that will be written there. `anew`: what is there is
    known to be damaged. `when_configured` is called as soon as nothing that an earlier run left configures git any more, which
    is before the repository is known to be sound. Raises SandboxError.
    """
    whole = reported_kib is not None and reported_kib <= WHOLE_CLONE_KIB
    given = {
        "workspace": sandbox.paths.workspace,
        "config": _repository_config(remote_url) + ("" if whole else _PARTIAL_CLONE),
        "partial": _PARTIAL_CLONE,
        "exclude": hidden,
        "refs": list(refs),
        "anew": anew,
    }
    process = await sandbox.start(
        ["python3", "-I", "-S", "-c", _PROGRAM],
        cwd=sandbox.paths.tmp,
        env=git_environment(sandbox),
        stdin=json.dumps(given).encode(),
        offline=True,
    )
    try:
        what, heard = f"opening the repository in sandbox {sandbox.id}", _Heard(process, when_configured)
        done = await completed(heard, what, timeout_seconds=LOCAL_GIT_SECONDS, max_bytes=MAX_CAPTURED_BYTES)
    finally:
        await process.kill()
    try:
        said = msgspec.json.decode(done.stdout.rpartition(b"\n")[2], type=_Said)
    except msgspec.DecodeError as error:
        complaint = done.stderr.decode("utf-8", "replace").strip()[-300:] or f"exit code {done.exit_code}"
        raise SandboxError(
            f"no repository could be opened in the sandbox {sandbox.id} ({complaint}): start a new session"
        ) from error
    note = "The workspace's repository was damaged: it was cloned again, and what was there is kept in"
    return Opened(said.new, said.exclude, (f"{note} {said.aside}.",) if said.aside else ())


@dataclass(frozen=True)
class _Heard:
    """A process of which it is told that it has written something: here that is its first line."""

    process: Process
    when_it_writes: Callable[[], None]

    @property
    async def stdout(self) -> AsyncIterator[bytes]:
        async for chunk in self.process.stdout:
            self.when_it_writes()
            yield chunk

    @property
    def stderr(self) -> AsyncIterator[bytes]:
        return self.process.stderr

    async def wait(self) -> int:
        return await self.process.wait()

    async def kill(self) -> None:
        await self.process.kill()


def _repository_config(remote_url: str) -> str:
    """`.git/config` whole: one remote."""
    return (
        "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tlogallrefupdates = true\n"
        f'[remote "origin"]\n\turl = {quoted(remote_url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    )


# https://git-scm.com/docs/partial-clone
_PARTIAL_CLONE = """[extensions]
\tpartialClone = origin
[remote "origin"]
\tpromisor = true
\tpartialclonefilter = blob:none
"""
