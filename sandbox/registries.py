"""Which hosts the packages of an ecosystem come from.

The sandbox's own package managers are asked, so that a mirror counts that its image sets, and no list of registries has to be
kept up to date here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from sandbox import registry_program
from sandbox.hosts import host_of, is_host_name, with_all_below
from sandbox.protocol import Sandbox, SandboxError

# Those whose package managers tell where they fetch from.
ECOSYSTEMS = tuple(registry_program.QUESTIONS)

_PROGRAM = Path(registry_program.__file__).read_text()
# Three times the patience that the program itself has, for a machine under load.
_SECONDS = 3 * registry_program.SECONDS
_MAX_BYTES = 64 * 1024

# How soon a package manager that is installed meanwhile, or set to a mirror, counts.
KNOWN_SECONDS = 10 * 60
# When they were asked, and what for. There are no more keys than sets of ecosystems.
_KNOWN: dict[tuple[str, tuple[str, ...]], tuple[float, tuple[str, ...]]] = {}

_URL = re.compile(r"https?://[^\s,|'\"]+")


async def registry_hosts(sandbox: Sandbox, ecosystems: Iterable[str]) -> tuple[str, ...]:
    """Patterns for the hosts that the packages of these ecosystems come from, in one command. One whose package manager is not
    in the sandbox has none. Where the programs are known to be those of another sandbox, what was said there counts for a
    while: asking takes a second.

    What an earlier agent left in the sandbox has no say, but one that is at work in it would. Raises SandboxError.
    """
    wanted = tuple(sorted(set(ecosystems)))
    programs = sandbox.programs_are_those_of
    if programs is None:
        return await _asked(sandbox, wanted)
    known = _KNOWN.get((programs, wanted))
    if known is None or time.monotonic() - known[0] > KNOWN_SECONDS:
        known = _KNOWN[programs, wanted] = (time.monotonic(), await _asked(sandbox, wanted))
    return known[1]


async def _asked(sandbox: Sandbox, ecosystems: Sequence[str]) -> tuple[str, ...]:
    asked = await sandbox.run(
        ["python3", "-I", "-c", _PROGRAM, *ecosystems], cwd="/", timeout_seconds=_SECONDS, max_bytes=_MAX_BYTES, offline=True
    )
    try:
        said = msgspec.json.decode(asked.stdout, type=dict[str, list[str]])
    except msgspec.DecodeError as error:
        last_line = asked.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
        raise SandboxError(
            f"the package managers of sandbox {sandbox.id} could not be asked ({last_line or f'exit code {asked.exit_code}'})"
        ) from error
    names = [name for answers in said.values() for answer in answers for name in hosts_in(answer)]
    return tuple(pattern for name in dict.fromkeys(names) for pattern in with_all_below(name))


def hosts_in(answer: str) -> list[str]:
    """The hosts that a package manager names: in URLs, or alone as Go names its checksum database."""
    words = re.split(r"[\s,|]+", answer)
    found = [host_of(url) for url in _URL.findall(answer)] + [word.lower() for word in words]
    return [name for name in found if is_host_name(name)]
