"""Runs of an agent under the supervisor, as Harvest sees them. The agent is a small script that speaks the CLI's lines."""

from __future__ import annotations

import asyncio
import json
import signal
from dataclasses import replace

import pytest

from sandbox import run, run_start
from sandbox.local import reaper
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError
from sandbox.run import SupervisorDied
from sandbox.run_start import RunSpec
from sandbox.secret import Secret
from tests.sandbox.agents import (
    ECHO,
    PATIENCE_SECONDS,
    PRELUDE,
    RUN,
    command_line,
    ended,
    finished,
    message,
    remaining,
    rest,
    spec,
)
from tests.waiting import until


async def test_events_come_in_order_and_the_end_is_told(sandbox: LocalSandbox) -> None:
    events, end = await finished(sandbox, spec(sandbox, ECHO, "one", "two"))

    assert [event.get("text", "answer") for event in events] == ["one", "answer", "two", "answer"]
    assert (end.reason, end.exit_code, end.signal, end.results) == ("ended", 0, None, 2)
    assert end.messages == ("first0", "first1")
    assert end.started_at < end.ended_at


async def test_there_is_no_outcome_while_it_runs(unisolated: LocalSandbox) -> None:
    await run_start.start(unisolated, RUN, spec(unisolated, ECHO + "\nforever()", "one"))

    assert await run.outcome(unisolated, RUN) is None


async def test_started_again_it_is_still_one_run(sandbox: LocalSandbox) -> None:
    wanted = spec(sandbox, "open('starts', 'a').write('x');" + "\n" + ECHO, "one")
    await asyncio.gather(*(run_start.start(sandbox, RUN, wanted) for _ in range(4)))
    await rest(sandbox)
    await run_start.start(sandbox, RUN, wanted)

    assert await sandbox.read_file(f"{sandbox.paths.workspace}/starts") == b"x"
    assert len(await rest(sandbox)) == 2


async def test_one_that_is_not_told_yet_may_be_silent_and_can_be_stopped(sandbox: LocalSandbox) -> None:
    wanted = spec(sandbox, "time.sleep(0.5); say(type='there')\n" + ECHO, silence_seconds=0.2)
    await run_start.begin(sandbox, RUN, wanted, told=False)
    await run_start.let_start(sandbox, RUN)
    stream = run.follow(sandbox, RUN)
    assert json.loads((await anext(stream))[1]) == {"type": "there"}
    await run.stop(sandbox, RUN, "nobody needs it")

    assert await remaining(stream) == []
    assert ((end := await ended(sandbox)).reason, end.detail) == ("stopped", "nobody needs it")


async def test_one_that_may_not_start_yet_runs_nothing_and_can_be_stopped(sandbox: LocalSandbox) -> None:
    await run_start.begin(sandbox, RUN, spec(sandbox, "open('ran', 'w')\n" + ECHO), told=False)
    await run_start.tell(sandbox, RUN, spec(sandbox, ECHO, "one"))
    await run.stop(sandbox, RUN, "nobody needs it")

    assert await rest(sandbox) == []
    assert ((end := await ended(sandbox)).reason, end.detail, end.exit_code) == ("stopped", "before it was started", None)
    with pytest.raises(FileNotFoundError):
        await sandbox.read_file(f"{sandbox.paths.workspace}/ran")


async def test_what_it_waits_for_it_hears_once_however_often_it_is_told(sandbox: LocalSandbox) -> None:
    wanted = spec(sandbox, "say(type='there')\n" + ECHO, "one", "two")
    await run_start.begin(sandbox, RUN, wanted, told=False)
    await run_start.let_start(sandbox, RUN)
    stream = run.follow(sandbox, RUN)
    assert json.loads((await anext(stream))[1]) == {"type": "there"}
    assert await run_start.standing(sandbox, RUN) == "waits"

    await run_start.tell(sandbox, RUN, wanted)
    await run_start.tell(sandbox, RUN, wanted)

    assert [event.get("text", "answer") for event in await remaining(stream)] == ["one", "answer", "two", "answer"]
    assert await run_start.standing(sandbox, RUN) == "told"


TICKS = """
def tick():
    while True:
        say(type='tick')
        time.sleep(0.02)
threading.Thread(target=tick, daemon=True).start()
"""


async def test_one_that_a_supervisor_of_before_runs_was_told_when_it_began(unisolated: LocalSandbox) -> None:
    assert await run_start.standing(unisolated, RUN) == "new"
    await unisolated.write_file(f"{unisolated.paths.control}/runs/{RUN}/started.json", b'{"pid": 7, "at": 1795000000.0}')
    assert await run_start.standing(unisolated, RUN) == "told"


async def test_it_is_not_told_before_all_that_it_is_told_is_there(sandbox: LocalSandbox) -> None:
    await run_start.begin(sandbox, RUN, spec(sandbox, TICKS + ECHO), told=False)
    await run_start.let_start(sandbox, RUN)
    folder = f"{sandbox.paths.control}/runs/{RUN}"
    first, second = "00000000000000000001-first0.json", "00000000000000000002-first1.json"
    await sandbox.write_file(f"{folder}/told.json", json.dumps({"messages": [first, second], "wall_seconds": 60}).encode())
    await sandbox.write_file(f"{folder}/messages/{second}", message("two"))
    stream = run.follow(sandbox, RUN)
    for _ in range(10):  # in which the supervisor looks several times
        await anext(stream)
    await sandbox.write_file(f"{folder}/messages/{first}", message("one"))

    events = [event for event in await remaining(stream) if event["type"] != "tick"]
    assert [event.get("text", "answer") for event in events] == ["one", "answer", "two", "answer"]


async def test_what_sets_an_agent_up_is_heard_first_and_awaits_no_answer(sandbox: LocalSandbox) -> None:
    script = """
for line in sys.stdin:
    given = json.loads(line)
    say(type='heard', what=given['type'])
    if given['type'] == 'user': answer()
"""
    wanted = spec(sandbox, script, "one", settle_seconds=600)
    events, end = await finished(sandbox, replace(wanted, set_up=[json.dumps({"type": "control_request"}).encode()]))

    assert [event.get("what", "answer") for event in events] == ["control_request", "user", "answer"]
    assert (end.reason, end.messages) == ("ended", ("setup0", "first0"))


async def test_one_that_waits_is_set_up_before_it_is_told_and_waits_on(sandbox: LocalSandbox) -> None:
    script = """
for line in sys.stdin:
    given = json.loads(line)
    if given['type'] == 'user': say(type='user', text=given['text']); answer()
    else: say(type='control_response', response={'request_id': given['request_id'], 'subtype': given['answer']})
"""
    wanted = spec(sandbox, TICKS + script, "one", wait_seconds=0.2)
    await run_start.begin(sandbox, RUN, wanted, told=False)
    for request, answer in (("can", "success"), ("can", "success"), ("cannot", "error")):
        document = {"type": "control_request", "request_id": request, "answer": answer}
        await run_start.set_up(sandbox, RUN, json.dumps(document).encode(), request)
    await run_start.let_start(sandbox, RUN)
    assert await run_start.has_done(sandbox, RUN, "can", PATIENCE_SECONDS)
    assert not await run_start.has_done(sandbox, RUN, "cannot", PATIENCE_SECONDS)
    stream = run.follow(sandbox, RUN)
    for _ in range(20):  # which takes longer than it would have waited for that
        await anext(stream)
    assert await run_start.standing(sandbox, RUN) == "waits"

    await run_start.tell(sandbox, RUN, wanted)
    said = [event for event in await rest(sandbox) if event["type"] != "tick"]
    assert [event.get("text", event["type"]) for event in said] == [*2 * ["control_response"], "one", "result"]
    assert (await ended(sandbox)).messages == ("can", "cannot", "first0")
    assert not await run_start.has_done(sandbox, RUN, "another", PATIENCE_SECONDS)  # it has ended: nobody waits for it


async def test_one_that_nobody_wants_ends(sandbox: LocalSandbox) -> None:
    await run_start.begin(sandbox, RUN, spec(sandbox, ECHO, wait_seconds=0.3), told=False)
    await run_start.let_start(sandbox, RUN)

    assert await rest(sandbox) == []
    assert ((end := await ended(sandbox)).reason, end.detail) == ("stopped", "nobody wanted it for 0.3 s")


async def test_the_agent_gets_the_named_secrets_its_environment_and_no_more(sandbox: LocalSandbox) -> None:
    wanted = spec(sandbox, "say(type='env', env=dict(os.environ))")
    wanted = RunSpec(wanted.argv, wanted.cwd, env={"ANTHROPIC_BASE_URL": "http://gateway"})

    events, _ = await finished(sandbox, wanted, ANTHROPIC_API_KEY=Secret("s3cr3t-value"))

    environment = events[0]["env"]
    assert isinstance(environment, dict)
    assert environment["ANTHROPIC_API_KEY"] == "s3cr3t-value"
    assert environment["ANTHROPIC_BASE_URL"] == "http://gateway"
    assert environment["HOME"] == sandbox.paths.home
    assert not [name for name in environment if name.startswith("HARVEST_SECRET_")]
    found = await sandbox.run(["grep", "-r", "s3cr3t-value", sandbox.paths.control], cwd=sandbox.paths.tmp)
    assert b"events.jsonl" in found.stdout
    assert len(found.stdout.splitlines()) == 1  # said by the agent itself, and written by nobody else


async def test_a_message_sent_while_it_runs_reaches_it_once(sandbox: LocalSandbox) -> None:
    script = """
for line in sys.stdin:
    text = json.loads(line)['text']
    say(type='user', text=text)
    if text != 'begin': answer()
    if text == 'more': answer()
"""
    await run_start.start(sandbox, RUN, spec(sandbox, script, "begin"))
    stream = run.follow(sandbox, RUN)
    _, first = await anext(stream)
    assert json.loads(first)["text"] == "begin"

    sent = [await run.send(sandbox, RUN, message("more"), message_id="comment-5") for _ in range(2)]

    texts = [event.get("text", "answer") for event in await remaining(stream)]
    assert texts == ["more", "answer", "answer"]
    end = await ended(sandbox)
    assert end.messages == ("first0", "comment-5")
    assert sent == ["comment-5", "comment-5"]


async def test_a_message_that_comes_too_late_is_known_to_have(unisolated: LocalSandbox) -> None:
    _, end = await finished(unisolated, spec(unisolated, ECHO, "one"))

    late = await run.send(unisolated, RUN, message("late"))

    assert late not in end.messages


async def test_messages_that_were_echoed_are_answered_by_the_next_result(unisolated: LocalSandbox) -> None:
    script = """
for _ in range(2): say(type='user', isReplay=True, text=json.loads(sys.stdin.readline())['text'])
answer()
say(type='more', text=sys.stdin.read())
"""
    events, end = await finished(unisolated, spec(unisolated, script, "one", "two", settle_seconds=600))

    assert [event.get("text", "answer") for event in events] == ["one", "two", "answer", ""]
    assert (end.reason, end.results) == ("ended", 1)


async def test_two_messages_answered_as_one_without_echoes_do_not_hang(unisolated: LocalSandbox) -> None:
    script = "sys.stdin.readline()\nanswer()\nsys.stdin.read()"

    _, end = await finished(unisolated, spec(unisolated, script, "one", "two", settle_seconds=0.2))

    assert (end.reason, end.results, end.messages) == ("ended", 1, ("first0", "first1"))


async def test_a_polite_agent_stops_at_the_first_signal(sandbox: LocalSandbox) -> None:
    script = "signal.signal(signal.SIGINT, lambda *_: (say(type='bye'), sys.exit(0)))\nsay(type='hello')\nforever()"
    await run_start.start(sandbox, RUN, spec(sandbox, script, "one", grace_seconds=20))
    stream = run.follow(sandbox, RUN)
    await anext(stream)

    await run.stop(sandbox, RUN, "a maintainer asked for it")

    assert await remaining(stream) == [{"type": "bye"}]
    end = await ended(sandbox)
    assert (end.reason, end.detail, end.exit_code) == ("stopped", "a maintainer asked for it", 0)


async def test_an_agent_that_ignores_every_signal_is_killed_with_its_group(sandbox: LocalSandbox) -> None:
    script = """
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
subprocess.Popen(['sleep', '1000'])
subprocess.Popen(['sleep', '1000'], start_new_session=True)
say(type='hello')
forever()
"""
    await run_start.start(sandbox, RUN, spec(sandbox, script, "one"))
    stream = run.follow(sandbox, RUN)
    await anext(stream)

    await run.stop(sandbox, RUN, "enough")

    assert await remaining(stream) == []
    end = await ended(sandbox)
    assert (end.reason, end.exit_code, end.signal) == ("stopped", None, 9)
    assert [entry for entry in reaper.find(sandbox.id) if "sleep" in command_line(entry.pid)] == []


async def test_a_daemon_that_wiped_every_trace_ends_with_the_run(unisolated: LocalSandbox) -> None:
    script = """
subprocess.run(['sh', '-c', '(env -i setsid sleep 1000 & echo $! > daemon) &'])
while not os.path.exists('daemon') or not open('daemon').read().strip(): time.time()
answer()
"""
    _, end = await finished(unisolated, spec(unisolated, script))

    pid = int(await unisolated.read_file(f"{unisolated.paths.workspace}/daemon"))
    left = reaper.read_entry(pid)
    assert end.reason == "ended"
    assert left is None or left.is_zombie


async def test_silence_ends_it(sandbox: LocalSandbox) -> None:
    _, end = await finished(sandbox, spec(sandbox, "say(type='hello')\nforever()", "one", silence_seconds=0.3))

    assert (end.reason, end.signal) == ("silence", 2)
    assert "0.3 s" in end.detail


async def test_work_without_output_is_not_silence(unisolated: LocalSandbox) -> None:
    script = (
        "subprocess.run([sys.executable, '-c', 'import time; e = time.time() + 1\\nwhile time.time() < e: pass'])\nanswer()"
    )

    _, end = await finished(unisolated, spec(unisolated, script, "one", silence_seconds=0.4))

    assert (end.reason, end.results) == ("ended", 1)


async def test_the_time_limit_ends_what_never_stops_talking(sandbox: LocalSandbox) -> None:
    script = "while True: say(type='noise'); threading.Event().wait(0.01)"

    events, end = await finished(sandbox, spec(sandbox, script, "one", wall_seconds=2.0))

    assert (end.reason, len(events) > 3) == ("time_limit", True)


async def test_a_program_that_is_not_there_is_told(sandbox: LocalSandbox) -> None:
    events, end = await finished(sandbox, RunSpec(["no-such-claude"], sandbox.paths.workspace))

    assert (events, end.reason, end.exit_code) == ([], "start_failed", None)
    assert "no-such-claude" in end.detail


async def test_exit_code_and_the_end_of_stderr_are_kept(sandbox: LocalSandbox) -> None:
    script = "sys.stderr.write('x' * 1_000_000 + 'Error: not logged in')\nsys.stderr.flush()\nsys.exit(7)"

    _, end = await finished(sandbox, spec(sandbox, script))

    tail = await run.stderr_tail(sandbox, RUN)
    assert (end.reason, end.exit_code, end.stderr_bytes) == ("ended", 7, 1_000_020)
    assert tail.endswith("xError: not logged in")
    assert len(tail) <= 64 * 1024


async def test_an_agent_that_closes_its_output_early_is_still_waited_for(unisolated: LocalSandbox) -> None:
    script = "say(type='hello')\nos.close(1); os.close(2)\nsys.stdin.read()\nopen('later', 'w').write('done')"

    _, end = await finished(unisolated, spec(unisolated, script))

    assert (end.reason, end.exit_code) == ("ended", 0)
    assert await unisolated.read_file(f"{unisolated.paths.workspace}/later") == b"done"


async def test_a_killed_supervisor_takes_the_agent_with_it_and_is_noticed(sandbox: LocalSandbox) -> None:
    await run_start.start(sandbox, RUN, spec(sandbox, "say(type='hello')\nforever()", "one"))
    stream = run.follow(sandbox, RUN)
    await anext(stream)
    supervisor = next(entry for entry in reaper.find(sandbox.id) if command_line(entry.pid).endswith("run-1\0"))
    reaper.send(supervisor, signal.SIGKILL)

    with pytest.raises(SupervisorDied, match=RUN):
        await anext(stream)

    assert await run.outcome(sandbox, RUN) is None
    await until(lambda: not any(PRELUDE in command_line(entry.pid) for entry in reaper.find(sandbox.id)), "its end")


async def test_a_supervisor_that_is_told_to_end_stops_its_agent_first(unisolated: LocalSandbox) -> None:
    await run_start.start(unisolated, RUN, spec(unisolated, "say(type='hello')\nforever()", "one"))
    stream = run.follow(unisolated, RUN)
    await anext(stream)
    noted = json.loads(await unisolated.read_file(f"{unisolated.paths.control}/runs/run-1/started.json"))
    supervisor = reaper.read_table()[noted["pid"]]

    reaper.send(supervisor, signal.SIGHUP)
    reaper.send(supervisor, signal.SIGTERM)

    assert await remaining(stream) == []
    end = await ended(unisolated)
    assert end.reason == "stopped"


async def test_a_run_that_was_tampered_with_is_not_believed(unisolated: LocalSandbox) -> None:
    await unisolated.write_file(f"{unisolated.paths.control}/runs/run-1/exit.json", b'{"reason": "won"}')

    with pytest.raises(SandboxError, match="not what a supervisor writes"):
        await run.outcome(unisolated, RUN)


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", "-x"])
async def test_an_id_that_is_no_plain_word_is_refused(unisolated: LocalSandbox, run_id: str) -> None:
    with pytest.raises(ValueError, match="can't be a run's id"):
        await run.outcome(unisolated, run_id)
    with pytest.raises(ValueError, match="can't be a message's id"):
        await run.send(unisolated, RUN, b"{}", message_id=f"{run_id}!")
