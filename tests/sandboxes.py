"""The sandboxes of a scene, on this machine or on the emulated Modal: how a test reaches into them past Harvest."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from sandbox.local import LocalBackend, reaper, record
from sandbox.local.snapshots import KEPT
from sandbox.modal import ModalBackend
from sandbox.modal.layout import PATHS
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service
from tests.waiting import wait_until

if TYPE_CHECKING:
    import modal

LOCAL, MODAL = "local", "modal"

# A sandbox is there within a second; the rest is for a machine under load.
_PATIENCE_SECONDS = 90.0

# How long a call to Modal takes that a test holds up: longer than Harvest needs to be killed and started again. A create may
# be carried out then, when nobody waits for it any more.
_HELD_SECONDS = 5.0


SEARCH = ("grep", "--recursive", "--no-filename", "--only-matching", "--text", "--extended-regexp")
# What a sandbox's commands may write, but for what lies in memory.
WRITABLE = ("/workspace", "/home", "/var", "/tmp", "/root")


class Sandboxes(Protocol):
    """What tests want to know of a session's sandbox, and do to it. `env` is what Harvest needs to have its sandboxes here."""

    @property
    def env(self) -> Mapping[str, str]: ...

    def touch(self, session: str, name: str) -> None:
        """Make an empty file in its home, once it is there."""
        ...

    def has(self, session: str, name: str) -> bool:
        """Whether there is such a file in its home."""
        ...

    def text_of(self, session: str, name: str) -> str:
        """What that file in its home says; "" when there is none."""
        ...

    def lives(self, session: str) -> bool:
        """Whether there is one at all."""
        ...

    def has_started(self, session: str, run: str) -> bool:
        """Whether the run of that name was started in the one that lives."""
        ...

    def has_said(self, session: str, run: str) -> bool:
        """Whether the run of that name has said anything in the one that lives."""
        ...

    def was_told(self, session: str, count: int) -> bool:
        """Whether so many messages to the agent are in its sandbox, beside its prompt."""
        ...

    def lose(self, session: str) -> None:
        """It vanishes with all that is in it, as with a machine that dies."""
        ...

    def kept(self, snapshot: str, pattern: str) -> list[str]:
        """Every match of an extended regular expression in the files that a snapshot kept."""
        ...

    def being_made(self, session: str) -> AbstractContextManager[None]:
        """Nothing that makes one comes to an end meanwhile."""
        ...

    def being_ended(self, session: str) -> AbstractContextManager[None]:
        """Nothing that ends it comes to an end meanwhile."""
        ...


class LocalSandboxes:
    """In folders of Harvest's state directory, isolated by bubblewrap where that works. `claude` is the CLI in them."""

    def __init__(self, state: Path, claude: Path) -> None:
        self._state = state
        self._backend = LocalBackend(state, allow_unisolated=True)
        # Without ecosystems, as below.
        self.env = {
            "HARVEST_SANDBOX": LOCAL,
            "HARVEST_EGRESS_ALLOW": "packages.acme.dev",
            "HARVEST_CLAUDE_PATH": str(claude),
            **how_isolated(state.parent),
        }

    def touch(self, session: str, name: str) -> None:
        wait_until(self._home(session).is_dir, f"the sandbox of {session}", seconds=_PATIENCE_SECONDS)
        (self._home(session) / name).touch()

    def has(self, session: str, name: str) -> bool:
        return (self._home(session) / name).exists()

    def text_of(self, session: str, name: str) -> str:
        return (self._home(session) / name).read_text() if self.has(session, name) else ""

    def lives(self, session: str) -> bool:
        return self._home(session).parent.exists()

    def has_started(self, session: str, run: str) -> bool:
        return (self._home(session).parent / "control" / "runs" / run / "started.json").exists()

    def has_said(self, session: str, run: str) -> bool:
        said = self._home(session).parent / "control" / "runs" / run / "events.jsonl"
        return said.exists() and said.stat().st_size > 0

    def was_told(self, session: str, count: int) -> bool:
        messages = (self._home(session).parent / "control" / "runs").glob("*/messages/*.json")
        return sum(not re.search("-(setup|first)", message.name) for message in messages) >= count

    def lose(self, session: str) -> None:
        """First it is gone, then its processes end: nobody sees it without them."""
        folder = self._home(session).parent
        noted = record.read(folder)
        assert noted is not None, f"{session} has no sandbox to lose"
        folder.rename(self._state.parent / f"lost-{noted.id}")
        reaper.end_marked(f"{noted.id}/")

    def end_all(self) -> None:
        asyncio.run(self._end_all())

    async def _end_all(self) -> None:
        for summary in await self._backend.list({}):
            await (await self._backend.attach(summary.id)).terminate()

    def kept(self, snapshot: str, pattern: str) -> list[str]:
        folder = self._state / "snapshots" / snapshot
        kept = [folder / name for name in KEPT]  # beside them may be the same once more, for who starts from it
        return subprocess.run([*SEARCH, pattern, *kept], capture_output=True, text=True).stdout.splitlines()

    @contextmanager
    def being_made(self, session: str) -> Iterator[None]:
        locks = self._state / "locks"
        locks.mkdir(exist_ok=True)
        descriptor = os.open(locks / session, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    being_ended = being_made  # one lock for both

    def _home(self, session: str) -> Path:
        return self._state / "sandboxes" / session / "home"


class ModalSandboxes:
    """On an emulated Modal, with the base image built. `client` is an SDK client of the test's own."""

    def __init__(self, service: ModalService) -> None:
        self.service = service
        self.client: modal.Client = service.client()
        # Without ecosystems: to ask the package managers for their hosts takes each job a second of this machine.
        self.env = {"HARVEST_SANDBOX": MODAL, "HARVEST_EGRESS_ALLOW": "packages.acme.dev", **service.env}
        self.base_image = ""
        self.build_base_image()

    def build_base_image(self) -> None:
        """As `harvest image build` does; its id is `base_image` from now on."""
        self.base_image = asyncio.run(ModalBackend(client=self.client).build_base_image())

    def touch(self, session: str, name: str) -> None:
        assert self._run(session, f"touch ~harvest/{name}") == 0

    def has(self, session: str, name: str) -> bool:
        return self._run(session, f"test -e ~harvest/{name}") == 0

    def text_of(self, session: str, name: str) -> str:
        import modal

        (one,) = wait_until(lambda: self.living(session), f"the sandbox of {session}", seconds=_PATIENCE_SECONDS)
        look = ("sh", "-c", f"cat ~harvest/{name} || true")
        return modal.Sandbox.from_id(one["id"], client=self.client).exec(*look).stdout.read()

    def lives(self, session: str) -> bool:
        return bool(self.living(session))

    def has_started(self, session: str, run: str) -> bool:
        return self.lives(session) and self._run(session, f"test -e {PATHS.control}/runs/{run}/started.json") == 0

    def has_said(self, session: str, run: str) -> bool:
        return self.lives(session) and self._run(session, f"test -s {PATHS.control}/runs/{run}/events.jsonl") == 0

    def was_told(self, session: str, count: int) -> bool:
        return (
            self._run(session, f"test $(ls {PATHS.control}/runs/*/messages | grep -Evc -- '-(setup|first)') -ge {count}") == 0
        )

    def lose(self, session: str) -> None:
        self.end(session, "lost")

    def end(self, session: str, cause: str) -> None:
        """It ends for a cause that the control channel knows: out of memory, evicted, lost."""
        for one in self.living(session):
            self.service.end(one["id"], cause)

    def kept(self, snapshot: str, pattern: str) -> list[str]:
        import modal

        looker = modal.Sandbox.create(
            *(*SEARCH, pattern, *WRITABLE),
            app=modal.App.lookup("looker", create_if_missing=True, client=self.client),
            image=modal.Image.from_id(snapshot, client=self.client),
            client=self.client,
            timeout=60,
        )
        return looker.stdout.read().splitlines()

    @contextmanager
    def being_made(self, session: str) -> Iterator[None]:
        with self._held("SandboxCreateV2"):
            yield

    @contextmanager
    def being_ended(self, session: str) -> Iterator[None]:
        with self._held("SandboxTerminateV2"):
            yield

    def living(self, session: str) -> list[dict[str, Any]]:
        """The session's sandboxes that run, as the control channel shows them."""
        return [one for one in self.service.sandboxes(session=session) if one["state"] == "running"]

    @contextmanager
    def _held(self, rpc: str) -> Iterator[None]:
        self.service.arm("delay", rpc=rpc, seconds=_HELD_SECONDS)
        yield
        self.service.heal()

    def _run(self, session: str, script: str) -> int:
        import modal

        (one,) = wait_until(lambda: self.living(session), f"the sandbox of {session}", seconds=_PATIENCE_SECONDS)
        return modal.Sandbox.from_id(one["id"], client=self.client).exec("sh", "-c", script).wait()


@contextmanager
def sandboxes_on(backend: str, folder: Path, *, state: Path, claude: Path) -> Iterator[Sandboxes]:
    """LOCAL or MODAL ones for one Harvest with its state in `state`; after the block none lives. `claude` is their CLI."""
    if backend == LOCAL:
        sandboxes = LocalSandboxes(state, claude)
        try:
            yield sandboxes
        finally:
            sandboxes.end_all()
    elif CANNOT_ISOLATE:
        pytest.skip(f"the emulated Modal can't isolate sandboxes here: {CANNOT_ISOLATE}")
    else:
        with modal_service(folder / "modal", "--show", f"{claude}:/usr/local/bin/claude") as service:
            yield ModalSandboxes(service)


def how_isolated(folder: Path) -> dict[str, str]:
    """The setting that lets Harvest start where there is no bubblewrap."""
    isolation = LocalBackend(folder / "probe").isolation()
    return {} if isolation.kind == "bubblewrap" else {"HARVEST_LOCAL_UNISOLATED": "1"}
