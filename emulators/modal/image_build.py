"""Building an image from Dockerfile lines, as far as a computer without registries can.

`RUN` really runs, in a sandbox on the layers so far, and `COPY` copies what the caller sent. Lines that call a package manager
are skipped and say so in the build's log: the host's own packages stand in for what they would install.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from modal_proto import api_pb2 as pb

from emulators.modal.faults import FaultPlan
from emulators.modal.images import Image
from emulators.modal.local_files import LocalFileRpcs
from emulators.modal.machine import BootPlan, Machine, MachineError

_SILENT = {"FROM", "SHELL", "ENTRYPOINT", "CMD", "EXPOSE", "LABEL", "ARG"}
_LOG_TAIL = 2000


class BuildFailed(Exception):
    """A line of the build did not work; the message is what the caller sees."""


class ImageBuilder:
    """Carries out builds, one line after the other."""

    def __init__(self, machine: Machine, files: LocalFileRpcs, faults: FaultPlan, skip_run: str) -> None:
        self._machine = machine
        self._files = files
        self._faults = faults
        self._skip_run = re.compile(skip_run) if skip_run else None

    async def build(self, image: Image, definition: pb.Image, secrets: Mapping[str, str]) -> None:
        """Bring `image`, which holds its base's layers, to what the definition says; a failure is left in `image.error`."""
        image.error = "the build broke off"
        try:
            if message := self._faults.failing_build():
                raise BuildFailed(message)
            for line in _lines(definition.dockerfile_commands):
                await self._step(image, line, definition.context_mount_id, secrets)
            image.error = None
        except (BuildFailed, MachineError, OSError) as error:
            image.error = str(error)
        finally:
            image.built.set()

    async def _step(self, image: Image, line: str, context_mount_id: str, secrets: Mapping[str, str]) -> None:
        instruction, _, rest = line.partition(" ")
        match instruction.upper():
            case "RUN":
                await self._run(image, rest.strip(), secrets)
            case "ENV":
                image.env |= _assignments(rest)
            case "WORKDIR":
                image.workdir = rest.strip()
            case "COPY" if context_mount_id:
                source, target = shlex.split(rest)[-2:]
                layer, folder = self._machine.new_layer()
                self._files.place(context_mount_id, folder, source="/" + source.strip("./"), target=target)
                image.layers = (layer, *image.layers)
            case quiet if quiet in _SILENT:
                pass
            case _:
                image.log.append(f"[emulator] not done here: {line}\n")

    async def _run(self, image: Image, command: str, secrets: Mapping[str, str]) -> None:
        if self._skip_run and self._skip_run.search(command):
            image.log.append(f"[emulator] skipped, the host's own packages stand in: {command}\n")
            return
        plan = BootPlan(image.layers, {**image.env, **secrets}, image.workdir, ["/bin/sh", "-c", command])
        guest = await self._machine.boot(plan)
        try:
            code = await guest.main.wait()
            await guest.main.drained()
            output = guest.main.stdout.text() + guest.main.stderr.text()
            image.log.append(output)
            if code:
                raise BuildFailed(f"RUN {command[:200]!r} failed with exit code {code}:\n{output[-_LOG_TAIL:]}")
            image.layers = await guest.snapshot()
        finally:
            guest.kill()
            await guest.remove()


def _lines(commands: Iterable[str]) -> list[str]:
    """Dockerfile lines with continuations joined, without comments and blanks."""
    joined = re.sub(r"\\\n", " ", "\n".join(commands))
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _assignments(text: str) -> dict[str, str]:
    """`A=1 B="two words"`, or the old form `A rest of the line`."""
    words = shlex.split(text)
    if words and "=" not in words[0]:
        name, _, value = text.strip().partition(" ")
        return {name: value}
    return dict(word.split("=", 1) for word in words)
