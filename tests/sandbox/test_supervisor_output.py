"""The agent's output on its way to Harvest: floods, broken lines, broken streams, and whoever takes over when Harvest dies."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox import run, run_start
from sandbox.local import LocalBackend
from sandbox.local.process import LocalProcess
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError
from sandbox.run import RunUnreadable
from sandbox.secret import Secret
from tests.sandbox.agents import RUN, ended, finished, message, remaining, rest, spec
from tests.waiting import until

MIB = 1024 * 1024


async def test_a_flood_is_cut_off_at_the_limit(sandbox: LocalSandbox) -> None:
    script = "os.execvp('yes', ['yes', json.dumps({'type': 'noise', 'text': 'x' * 200})])"

    events, end = await finished(sandbox, spec(sandbox, script, "one", max_output_bytes=4 * MIB))

    assert end.reason == "output_limit"
    assert 4 * MIB < end.stdout_bytes < 64 * MIB
    assert {event["type"] for event in events} == {"noise"}


async def test_a_flood_without_a_newline_takes_no_memory(unisolated: LocalSandbox) -> None:
    script = """
say(type='ready')
sys.stdin.readline(), sys.stdin.readline()
os.execvp('head', ['head', '-c', '200000000', '/dev/zero'])
"""
    await run_start.start(unisolated, RUN, spec(unisolated, script, "one", max_line_bytes=MIB))
    stream = run.follow(unisolated, RUN)
    await anext(stream)
    # A fraction of the flood, and several times what the supervisor has by itself.
    noted = json.loads(await unisolated.read_file(f"{unisolated.paths.control}/runs/{RUN}/started.json"))
    resource.prlimit(noted["pid"], resource.RLIMIT_DATA, (60 * MIB, 60 * MIB))
    await run.send(unisolated, RUN, message("go on"))

    events = await remaining(stream)

    assert events == [{"type": "supervisor", "subtype": "oversized_line", "bytes": 200_000_000}]
    assert (await ended(unisolated)).reason == "ended"


async def test_a_line_too_long_is_replaced_and_the_next_one_comes_through(unisolated: LocalSandbox) -> None:
    script = "say(type='small'); say(type='large', text='x' * 5000); say(type='small'); answer()"

    events, end = await finished(unisolated, spec(unisolated, script, max_line_bytes=1000))

    assert [event["type"] for event in events] == ["small", "supervisor", "small", "result"]
    assert events[1] == {
        "type": "supervisor",
        "subtype": "oversized_line",
        "bytes": len('{"type": "large", "text": ""}') + 5000,
    }
    assert end.results == 1


@pytest.mark.parametrize(
    ("last", "event"),
    [
        ('{"type": "result"}', {"type": "result"}),
        ('{"type": "resu', {"type": "supervisor", "subtype": "partial_line", "bytes": 14}),
    ],
)
async def test_a_last_line_without_newline_is_kept_if_it_is_whole(
    unisolated: LocalSandbox, last: str, event: dict[str, Any]
) -> None:
    events, end = await finished(unisolated, spec(unisolated, f"say(type='first'); sys.stdout.write({last!r})"))

    assert events == [{"type": "first"}, event]
    assert end.results == (event["type"] == "result")


async def test_bytes_that_are_no_text_and_lines_that_are_no_json_come_through(unisolated: LocalSandbox) -> None:
    lines = [b"\xff\xfe\x00", b"warning: not json", b"", b'[1, "result"]', b'{"type": "result"']
    script = f"for line in {lines!r}: sys.stdout.buffer.write(line + b'\\n')"

    await run_start.start(unisolated, RUN, spec(unisolated, script))

    assert [line async for _, line in run.follow(unisolated, RUN)] == lines
    assert (await ended(unisolated)).results == 0


async def test_offsets_lead_back_to_exactly_the_next_line(sandbox: LocalSandbox) -> None:
    await run_start.start(sandbox, RUN, spec(sandbox, "for n in range(50): say(type='n', text='é' * n, n=n)"))
    everything = [(offset, json.loads(line)["n"]) async for offset, line in run.follow(sandbox, RUN)]

    for offset, n in everything[::10]:
        assert [event["n"] for event in await rest(sandbox, offset)] == list(range(n + 1, 50))


# Harvest, following a run from an offset: prints each line's offset and number, until it is killed.
FOLLOWER = """
import asyncio, json, sys
from pathlib import Path
from sandbox import run, run_start
from sandbox.local import LocalBackend

async def main():
    root, bubblewrap, sandbox_id, offset = sys.argv[1:]
    sandbox = await LocalBackend(Path(root), allow_unisolated=True, bubblewrap=bubblewrap or None).attach(sandbox_id)
    async for offset, line in run.follow(sandbox, "run-1", int(offset)):
        print(offset, json.loads(line)["n"], flush=True)

asyncio.run(main())
"""


async def test_whoever_attaches_after_a_kill_reads_on_and_no_line_is_lost_or_doubled(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path
) -> None:
    script = "for n in range(300): say(type='n', n=n); threading.Event().wait(0.002)"
    await run_start.start(sandbox, RUN, spec(sandbox, script))
    bubblewrap = "bwrap" if sandbox.isolated else ""
    offset, numbers = 0, []

    for enough in (40, 120, 10**6):  # killed in the middle twice, then left to finish
        harvest = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FOLLOWER, str(root), bubblewrap, sandbox.id, str(offset)), stdout=asyncio.subprocess.PIPE
        )
        assert harvest.stdout is not None
        async for line in harvest.stdout:
            offset, number = map(int, line.split())
            numbers.append(number)
            if len(numbers) >= enough:
                harvest.kill()
                break
        await harvest.wait()

    assert numbers == list(range(300))
    assert (await ended(sandbox)).reason == "ended"


class Dropping:
    """A sandbox whose streams break off: every command's output ends after `bytes_each`, in the middle of a line."""

    def __init__(self, sandbox: LocalSandbox, bytes_each: int) -> None:
        self._sandbox = sandbox
        self._bytes_each = bytes_each
        self.started = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    async def start(
        self, argv: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None, **rest: Any
    ) -> LocalProcess:
        self.started += 1
        cut = ["sh", "-c", f'"$@" | head -c {self._bytes_each}; exit 1', "sh", *argv]
        return await self._sandbox.start(cut, cwd=cwd, env=env, **rest)


async def test_a_stream_that_breaks_is_taken_up_behind_the_last_whole_line(
    unisolated: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FIRST_PAUSE_SECONDS", 0.001)
    await run_start.start(unisolated, RUN, spec(unisolated, "for n in range(10): say(n=n, text='x' * 100)"))
    dropping = Dropping(unisolated, bytes_each=500)

    numbers: list[int] = []
    with pytest.raises(SandboxError, match="broke off 6 times"):  # at the end, where there is no more line to come
        await collect(numbers, dropping)

    assert numbers == list(range(10))
    assert dropping.started > run.MAX_BROKEN_STREAMS  # what came in between did not count against it


async def test_a_stream_that_breaks_without_a_line_is_given_up(
    unisolated: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FIRST_PAUSE_SECONDS", 0.001)
    await run_start.start(unisolated, RUN, spec(unisolated, "say(n=1, text='x' * 1000)"))
    dropping = Dropping(unisolated, bytes_each=10)

    with pytest.raises(SandboxError, match=f"run {RUN} in .* broke off 6 times"):
        await collect([], dropping)

    assert dropping.started == run.MAX_BROKEN_STREAMS


async def collect(numbers: list[int], sandbox: Any) -> None:
    async for _, line in run.follow(sandbox, RUN):
        numbers.append(json.loads(line)["n"])


async def test_following_ends_when_nobody_wants_more(unisolated: LocalSandbox) -> None:
    await run_start.start(unisolated, RUN, spec(unisolated, "say(n=1)\nforever()", "one"))
    stream = run.follow(unisolated, RUN)
    await anext(stream)

    await stream.aclose()

    assert await run.outcome(unisolated, RUN) is None


async def test_an_events_file_that_the_agent_replaced_is_not_followed_elsewhere(unisolated: LocalSandbox) -> None:
    script = f"""
os.unlink('../control/runs/{RUN}/events.jsonl')
os.symlink('/etc/passwd', '../control/runs/{RUN}/events.jsonl')
"""
    await run_start.start(unisolated, RUN, spec(unisolated, script))
    await until(Path(unisolated.paths.control, "runs", RUN, "exit.json").exists, "the run to end")

    with pytest.raises(RunUnreadable, match="Too many levels of symbolic links"):
        await rest(unisolated)


async def test_a_secret_never_comes_near_the_events(unisolated: LocalSandbox) -> None:
    await run_start.start(unisolated, RUN, spec(unisolated, "answer()"), {"KEY": Secret("s3cr3t-value")})
    await rest(unisolated)

    found = await unisolated.run(["grep", "-r", "s3cr3t-value", unisolated.paths.control], cwd=unisolated.paths.tmp)
    assert (found.exit_code, found.stdout) == (1, b"")


@pytest.mark.campaign
async def test_a_gigabyte_passes_whole(unisolated: LocalSandbox) -> None:
    script = "os.execvp('sh', ['sh', '-c', 'yes ' + '0123456789' * 20 + ' | head -c 1005000000'])"
    await run_start.start(unisolated, RUN, spec(unisolated, script, max_output_bytes=2 * 1024**3))

    last = 0
    async for offset, line in run.follow(unisolated, RUN):
        assert len(line) == 200
        last = offset

    assert last == 1_005_000_000
