"""Starts the emulated Modal as a process of its own, as a developer would, and speaks to its back door."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from emulators.modal.namespaces import obstacle
from tests.module_process import Running, start_module

if TYPE_CHECKING:
    import modal

PROJECT = Path(__file__).parent.parent
CANNOT_ISOLATE = obstacle()


class ModalService:
    """A running emulator: `url` speaks gRPC, the methods use its control channel."""

    def __init__(self, process: Running) -> None:
        self.process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the emulated Modal did not start; its error is above")
        self.ready: dict[str, Any] = json.loads(line)
        self.env: dict[str, str] = self.ready["env"]
        self._http = httpx.Client(base_url=self.ready["control"], timeout=60, trust_env=False)

    def client(self, **changed: str) -> modal.Client:
        """A connected SDK client of its own: the one that the SDK keeps per process could know one server only."""
        import modal

        env = {**self.env, **changed}
        before = dict(os.environ)
        os.environ.update(env)
        try:
            return modal.Client.from_credentials(env["MODAL_TOKEN_ID"], env["MODAL_TOKEN_SECRET"])
        finally:
            os.environ.clear()
            os.environ.update(before)

    def stats(self) -> dict[str, Any]:
        return dict(self._answer(self._http.get("/stats")))

    def calls(self, rpc: str) -> int:
        return int(self.stats()["calls"].get(rpc, 0))

    def sandboxes(self, **tags: str) -> list[dict[str, Any]]:
        """Every sandbox with these tags, ended ones too."""
        every = self._answer(self._http.get("/sandboxes"))
        return [one for one in every if tags.items() <= one["tags"].items()]

    def sandbox(self, sandbox_id: str) -> dict[str, Any]:
        return next(one for one in self.sandboxes() if one["id"] == sandbox_id)

    def end(self, sandbox_id: str, cause: str) -> None:
        self._http.post(f"/sandboxes/{sandbox_id}/end", json={"cause": cause}).raise_for_status()

    def forget_image(self, image_id: str) -> None:
        self._http.delete(f"/images/{image_id}").raise_for_status()

    def damage_image(self, image_id: str) -> None:
        self._http.post(f"/images/{image_id}/damage").raise_for_status()

    def arm(self, do: str, **fields: Any) -> None:
        self._http.post("/faults", json={"do": do, **fields}).raise_for_status()

    def armed(self) -> list[dict[str, Any]]:
        return list(self._answer(self._http.get("/faults")))

    def change(self, **settings: float) -> None:
        self._http.post("/settings", json=settings).raise_for_status()

    def heal(self) -> None:
        """No faults, the usual settings."""
        self._http.delete("/faults").raise_for_status()
        self.change(auth_seconds=1200, router_seconds=600, max_sandboxes=200, clock_ahead_seconds=0, stats_seconds=0)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self._http.close()
        self.process.terminate()
        code = self.process.wait(timeout=60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        response.raise_for_status()
        return response.json()


@contextmanager
def modal_service(root: Path, *flags: str) -> Iterator[ModalService]:
    """A running emulator that is gone afterwards, with everything it started."""
    process = start_module("emulators.modal", "--root", str(root), *flags, cwd=PROJECT)
    service = ModalService(process)
    try:
        yield service
    finally:
        if process.poll() is None:
            assert service.stop() == 0
