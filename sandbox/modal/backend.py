"""Makes, finds and lists sandboxes on Modal.

Name and tags are part of the create itself, so a sandbox whose create was cancelled, or whose answer was lost, is found by the
next one who asks for that name, or by its tags.
"""

from __future__ import annotations

import asyncio
import secrets as random
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, get_args

from sandbox.modal import layout
from sandbox.modal.base_image import BaseImage
from sandbox.modal.egress import allowlists
from sandbox.modal.errors import NameTaken, told_as_sandbox_errors
from sandbox.modal.model_key import ModelKey
from sandbox.modal.sandbox import ModalSandbox
from sandbox.protocol import (
    SandboxError,
    SandboxGone,
    SandboxSpec,
    SandboxSummary,
    SandboxUnavailable,
    SnapshotGone,
    StartedFrom,
)

if TYPE_CHECKING:
    import modal

# Modal's own limit for one sandbox.
MAX_LIFE_SECONDS = 24 * 60 * 60
# A session that nobody comes back to in a month starts from the base again.
SNAPSHOT_TTL_SECONDS = 30 * 24 * 60 * 60

# An exit snapshot is made of a sandbox that has ended: it takes about as long as any other.
EXIT_SNAPSHOT_SECONDS = 120.0

# A name may be taken by a sandbox that can't be found: one that another process is creating just now, or that has just ended.
_LOOKS_FOR_NAME = 8
_FIRST_PAUSE_SECONDS = 0.05

# Our own tags, beside those of the spec: Modal tells neither a name nor a start with its list.
_OWN = "harvest-"
_NAME, _BOOT, _CREATED, _FROM = (f"{_OWN}{word}" for word in ("name", "boot", "created", "from"))
_STARTS: Mapping[str, StartedFrom] = {start: start for start in get_args(StartedFrom)}


class ModalBackend:
    """Sandboxes in the app `app_name`, from the published image of `base_image`, a repository image or a snapshot.

    `client` is a connected SDK client; without one the SDK makes one from Modal's own environment variables. `model_key` is
    put into the sandboxes' requests to the model outside of them.
    """

    name = "modal"
    limits_egress = True
    makes_ahead = True

    def __init__(
        self,
        *,
        app_name: str = "harvest",
        base_image: BaseImage | None = None,
        client: modal.Client | None = None,
        model_key: ModelKey | None = None,
        snapshot_ttl_seconds: int = SNAPSHOT_TTL_SECONDS,
    ) -> None:
        self.app_name = app_name
        self._base_image = base_image or BaseImage()
        self._client = client
        self._model_key = model_key
        self._snapshot_ttl_seconds = snapshot_ttl_seconds
        self._app: modal.App | None = None
        self._connecting = asyncio.Lock()
        self._creating: dict[str, asyncio.Task[ModalSandbox]] = {}
        # Each with its connection, which takes several calls to come about; until they have ended, or can't be reached.
        self._open: dict[str, ModalSandbox] = {}

    async def connect(self) -> None:
        """Log in, and find or make the app. Any other call does so by itself. Raises SandboxError."""
        await self._connected()

    async def create(self, spec: SandboxSpec) -> ModalSandbox:
        """As the protocol says. Cancelled half-way it is finished in the background, and adopted by the next `create`."""
        creating = self._creating.get(spec.name)
        if creating is None:
            creating = self._creating[spec.name] = asyncio.create_task(self._create(spec))
            creating.add_done_callback(partial(self._created, spec.name))
        return await asyncio.shield(creating)

    async def attach(self, sandbox_id: str) -> ModalSandbox:
        sandbox = self._open.get(sandbox_id)
        if sandbox is None:
            sandbox = await self._known(*await self._handle(sandbox_id))
        await sandbox.check_alive()
        return sandbox

    async def hand_over(self, sandbox_id: str, tags: Mapping[str, str]) -> ModalSandbox:
        sandbox = await self.attach(sandbox_id)
        handle, _ = await self._handle(sandbox_id)
        own = {name: value for name, value in (await _tags_of(handle)).items() if name.startswith(_OWN)}
        with told_as_sandbox_errors(f"handing {sandbox_id} over"):
            await handle.set_tags.aio({**tags, **own})
        return sandbox

    async def list(self, tags: Mapping[str, str]) -> list[SandboxSummary]:
        import modal

        app, client = await self._connected()
        with told_as_sandbox_errors("listing sandboxes"):
            found = [
                handle async for handle in modal.Sandbox.list.aio(app_id=app.app_id, tags=dict(tags) or None, client=client)
            ]
        summaries = await asyncio.gather(*(self._summary(handle) for handle in found))
        return [summary for summary in summaries if summary is not None]

    async def exit_snapshot(self, sandbox_id: str) -> str | None:
        """As the protocol says. Modal makes one of every sandbox that ends, and keeps it for 30 days."""
        import modal

        _, client = await self._connected()
        try:
            with told_as_sandbox_errors(f"looking for what {sandbox_id} left"):
                handle = await modal.Sandbox.from_id.aio(sandbox_id, client=client)
                if await handle.poll.aio() is None:
                    return None  # it lives: there is nothing to fall back to
                self._open.pop(sandbox_id, None)
                image = await handle._experimental_get_exit_snapshot.aio(timeout=EXIT_SNAPSHOT_SECONDS)
        except SandboxUnavailable:
            raise
        except (SandboxError, AttributeError):
            # An experimental call of the SDK, and a sandbox that may be forgotten: what it can't give was not kept.
            return None
        return str(image.object_id)

    async def cost(self, sandbox_id: str) -> float | None:
        """What Modal measured at the workspace's current rates; it tells some minutes after the end.

        Modal's billing report would be what is charged, but it goes by the app, and all jobs' sandboxes are in one.
        """
        import modal

        self._open.pop(sandbox_id, None)  # it ended some time ago, maybe unseen
        _, client = await self._connected()
        with told_as_sandbox_errors(f"asking what {sandbox_id} cost"):
            handle = await modal.Sandbox.from_id.aio(sandbox_id, client=client)
            stats = getattr(handle, "_experimental_stats", None)  # experimental: it may go, or get another name
            cost = (await stats.aio()).cost if stats is not None else None
        return None if cost is None else float(cost)

    async def delete_snapshot(self, snapshot_id: str) -> None:
        from modal.experimental import image_delete

        _, client = await self._connected()
        try:
            with told_as_sandbox_errors(f"deleting the snapshot {snapshot_id}"):
                await image_delete.aio(snapshot_id, client=client)
        except SandboxGone:
            return  # as wished

    async def old_snapshots(self, before: float) -> Sequence[str]:
        """None: each was taken with the time until which Modal keeps it."""
        return []

    async def build_base_image(self) -> str:
        """Build and publish the base image ahead of time; gives its id. Raises SandboxError."""
        app, client = await self._connected()
        return await self._base_image.build(app, client)

    async def close(self) -> None:
        """Creates under way are waited for, so that none is left half-known; sandboxes go on."""
        await asyncio.gather(*self._creating.values(), return_exceptions=True)

    async def _create(self, spec: SandboxSpec) -> ModalSandbox:
        import modal

        _, client = await self._connected()
        for look in range(_LOOKS_FOR_NAME):
            try:
                return await self._create_new(spec)
            except NameTaken:
                try:
                    with told_as_sandbox_errors(f"looking for the sandbox {spec.name}"):
                        living = await modal.Sandbox.from_name.aio(self.app_name, spec.name, client=client)
                    return await self._known(living, client)
                except SandboxGone:
                    await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**look)
        raise SandboxError(f"the name {spec.name} is taken by a sandbox that can't be found: try again")

    async def _create_new(self, spec: SandboxSpec) -> ModalSandbox:
        import modal

        app, client = await self._connected()
        started_from, image_id = spec.start
        boot, now = random.token_hex(8), time.time()
        if image_id is None:
            image = modal.Image.from_name(self._base_image.name, client=client)
        else:
            image = modal.Image.from_id(image_id, client=client)
        policy = await self._model_key.policy(client) if self._model_key is not None and spec.calls_model else None
        with told_as_sandbox_errors(f"creating the sandbox {spec.name}"):
            try:
                handle = await modal.Sandbox.create.aio(
                    *layout.PREPARED_BY,
                    app=app,
                    image=image,
                    client=client,
                    name=spec.name,
                    tags={
                        **spec.tags,
                        _NAME: spec.name,
                        _BOOT: boot,
                        _CREATED: f"{now:.3f}",
                        _FROM: started_from,
                    },
                    env={layout.BOOT_VARIABLE: boot},
                    cpu=(spec.cpu, spec.cpu),
                    memory=(spec.memory_mib, spec.memory_mib),
                    timeout=min(spec.timeout_seconds, MAX_LIFE_SECONDS),
                    experimental_options={"enable_exit_snapshot": True},
                    _experimental_outbound_policy=policy,
                    **allowlists(spec.egress),
                )
            except modal.exception.NotFoundError as error:
                raise self._image_missing(spec, error) from error
            except (modal.exception.ConflictError, modal.exception.DataLossError) as error:
                if image_id is None:
                    raise
                raise SnapshotGone(f"the {started_from} {image_id} can't be read: start from the base ({error})") from error
        sandbox = self._sandbox(handle, client, boot, now, started_from)
        if image_id is not None:
            await _must_stand_up(sandbox, f"the {started_from} {image_id}")
        return sandbox

    def _image_missing(self, spec: SandboxSpec, error: Exception) -> SandboxError:
        started_from, image_id = spec.start
        if image_id is None:
            return SandboxError(f"the image {self._base_image.name} is not there ({error}): run `harvest image build`")
        return SnapshotGone(f"the {started_from} {image_id} has expired or was removed: start from the base ({error})")

    async def _handle(self, sandbox_id: str) -> tuple[modal.Sandbox, modal.Client]:
        """The SDK's handle of a sandbox that may have ended."""
        import modal

        _, client = await self._connected()
        with told_as_sandbox_errors(f"looking for {sandbox_id!r}"):
            try:
                return await modal.Sandbox.from_id.aio(sandbox_id, client=client), client
            except modal.exception.InvalidError as error:
                raise SandboxGone(f"{sandbox_id!r} is not the id of a sandbox on Modal") from error

    async def _known(self, handle: modal.Sandbox, client: modal.Client) -> ModalSandbox:
        """A living sandbox that somebody created before, with what its tags say of it."""
        tags = await _tags_of(handle)
        if _BOOT not in tags:
            raise SandboxGone(f"sandbox {handle.object_id} was not made by Harvest")
        started_from = _STARTS.get(tags.get(_FROM, ""), "base")
        return self._sandbox(handle, client, tags[_BOOT], float(tags[_CREATED]), started_from)

    def _sandbox(
        self, handle: modal.Sandbox, client: modal.Client, boot: str, created_at: float, started_from: StartedFrom
    ) -> ModalSandbox:
        sandbox = ModalSandbox(
            handle,
            client,
            boot=boot,
            created_at=created_at,
            started_from=started_from,
            snapshot_ttl_seconds=self._snapshot_ttl_seconds,
            forget=partial(self._open.pop, str(handle.object_id), None),
        )
        self._open[sandbox.id] = sandbox
        return sandbox

    async def _summary(self, handle: modal.Sandbox) -> SandboxSummary | None:
        """None for one that ended since it was listed, or that is not ours."""
        try:
            tags = await _tags_of(handle)
        except SandboxGone:
            return None
        if _BOOT not in tags:
            return None
        told = {name: value for name, value in tags.items() if not name.startswith(_OWN)}
        return SandboxSummary(str(handle.object_id), tags[_NAME], told, float(tags[_CREATED]))

    async def _connected(self) -> tuple[modal.App, modal.Client]:
        """The app, made on first use, and the client that talks about it."""
        import modal

        async with self._connecting:
            with told_as_sandbox_errors(f"looking for the app {self.app_name}"):
                if self._client is None:
                    self._client = await modal.Client.from_env.aio()
                if self._app is None:
                    try:
                        self._app = await modal.App.lookup.aio(self.app_name, create_if_missing=True, client=self._client)
                    except (modal.exception.NotFoundError, modal.exception.PermissionDeniedError) as error:
                        raise SandboxError(
                            f"the app {self.app_name} is not there and can't be made ({error}): check that the token's owner "
                            "may deploy in this workspace and environment"
                        ) from error
        return self._app, self._client

    def _created(self, name: str, creating: asyncio.Task[ModalSandbox]) -> None:
        del self._creating[name]
        if not creating.cancelled():
            creating.exception()  # seen: whoever asked has it, or has gone


async def _must_stand_up(sandbox: ModalSandbox, start: str) -> None:
    """Wait until a sandbox is ready that was made from a snapshot or an image; SnapshotGone when it comes to nothing: that is
    damaged, and what is started from it would be lost again and again."""
    try:
        await sandbox.run(["true"], cwd="/")
    except SandboxGone as gone:
        raise SnapshotGone(f"nothing can be started from {start}: start from the base ({gone})") from gone


async def _tags_of(handle: modal.Sandbox) -> dict[str, str]:
    with told_as_sandbox_errors(f"reading the tags of {handle.object_id}"):
        return await handle.get_tags.aio()
