"""An agent that fights its end: stop and every limit hold all the same, and nothing of it runs while its work is looked at.

All are asked for at once when the module starts, as each takes the grace that the supervisor has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import pytest

from tests.sandboxes import LOCAL
from tests.scene import Scene, eventually, running_scene
from tests.service.backends import cases_in_this_run, cases_on_both, on_both_in_the_campaign

# The folder of the run, and the supervisor: the parent of the CLI, which is the parent of the script.
BEGIN = """
supervisor=$(cut -d' ' -f4 /proc/$PPID/stat)
run=$(tr '\\0' '\\n' < /proc/$supervisor/cmdline | tail -n 1)
trap '' INT TERM HUP
"""
FREEZE = "kill -STOP $supervisor\n"
# A daemon without a parent that takes away what the supervisor is told.
DEAFEN = '(setsid sh -c \'trap "" INT TERM HUP; while :; do rm -f "$0/stop"; sleep 0.01; done\' "$run" &)\n'
RESULT = '{"type":"result","subtype":"success","is_error":false,"result":"All done","num_turns":1}'
EXIT = (
    '{"reason":"ended","detail":"","exit_code":0,"signal":null,"started_at":1.0,"ended_at":2.0,'
    '"stdout_bytes":1,"stderr_bytes":0,"results":1,"messages":[]}'
)
FORGE_THE_END = f"echo '{RESULT}' >> $run/events.jsonl\necho '{EXIT}' > $run/exit.json\n"
# The file holds a whole beat at any moment: each one is written over the last, which is as long.
WRITE_BEAT = "printf 'beat-%06d\\n' $beat 1<> beats.txt"
GO_ON = f"touch ~/begun; beat=0; while :; do beat=$((beat + 1)); {WRITE_BEAT}; sleep 0.01; done\n"
MANY_EVENTS = """
python3 -c "
import json
line = json.dumps({'type': 'assistant', 'message': {'content': [{'type': 'text', 'text': 'x' * 200_000}]}})
while True: print(line, flush=True)
" >> $run/events.jsonl
"""
ONE_LONG_LINE = "head -c 300M /dev/zero | tr '\\0' x >> $run/events.jsonl; sleep 1000\n"


@dataclass(frozen=True)
class Case:
    """What the agent does, whether it is asked to stop then, how the job ends, and a part of the sentence about it; `minutes`
    are what a job has."""

    script: str
    outcome: str
    sentence: str
    stop: bool = False
    restart: bool = False
    minutes: str = "5"


STOPPED = ("stopped", "mira-okafor stopped this job.")
TOO_MUCH = ("failed", "The agent wrote more output than a job may.")
CASES = {
    "freezes its supervisor": Case(FREEZE + GO_ON, *STOPPED, stop=True),
    "takes away what its supervisor is told": Case(DEAFEN + GO_ON, *STOPPED, stop=True),
    "is beyond its supervisor when Harvest starts again": Case(FREEZE + GO_ON, *STOPPED, stop=True, restart=True),
    "works on after its time": Case(FREEZE + GO_ON, "timed_out", "The agent reached the time limit of a job.", minutes="0.1"),
    "writes events without end": Case(FREEZE + MANY_EVENTS, *TOO_MUCH),
    "writes a line without end": Case(FREEZE + ONE_LONG_LINE, *TOO_MUCH),
    "kills its supervisor": Case(DEAFEN + "kill -KILL $supervisor; sleep 1000\n", "failed", "died before the agent had ended"),
}
# Two are stopped or told late by a supervisor as others are, and the last two take some seconds of a core.
FURTHER = (
    "freezes its supervisor",
    "takes away what its supervisor is told",
    "writes events without end",
    "writes a line without end",
)


@dataclass(frozen=True)
class Asked:
    """A case that was asked for: where, and on which issue."""

    scene: Scene
    issue: int


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, backend: str
) -> Iterator[dict[str, Asked]]:
    """Each case, in a scene for each time limit. Those that are to be stopped were told to, once they had begun."""
    names = cases_in_this_run(request, "name", backend)
    with ExitStack() as stack:
        cases: dict[str, Asked] = {}
        for minutes, named in groupby(sorted(names, key=minutes_of), minutes_of):
            settings = {"HARVEST_JOB_MINUTES": minutes, "HARVEST_JOBS_PER_INSTALLATION": "10"}
            scene = stack.enter_context(running_scene(tmp_path_factory.mktemp("limits"), backend, env=settings))
            cases |= {name: Asked(scene, scene.ask(f"An agent that {name}", BEGIN + CASES[name].script)) for name in named}
        to_stop = [name for name in names if CASES[name].stop]
        for name in to_stop:
            scene, issue = cases[name].scene, cases[name].issue
            session = scene.wait_for_step(issue, "run_agent").session
            eventually(partial(scene.sandboxes.has, session, "begun"), "the agent at work")
            scene.comment(issue, "/harvest stop")
        for name in names:
            if CASES[name].restart:
                scene = cases[name].scene
                eventually(partial(all_heard, scene, len(to_stop)), "the requests to stop")
                scene.harvest.restart()
        yield cases
        assert [case.scene.github.violations() for case in cases.values()] == [[]] * len(cases)


def minutes_of(name: str) -> str:
    return CASES[name].minutes


def all_heard(scene: Scene, stops: int) -> bool:
    return len([note for note in scene.handled() if "stop" in note]) == stops


@cases_on_both("name", CASES, further=FURTHER)
def test_it_ends_all_the_same_and_the_thread_says_how(asked: dict[str, Asked], name: str, backend: str) -> None:
    scene, issue = asked[name].scene, asked[name].issue
    job = scene.wait_for_end(issue)
    assert job.outcome == CASES[name].outcome, job.ending
    (comment,) = scene.comments(issue)
    assert CASES[name].sentence in comment
    assert scene.pulls_of(issue) == []
    assert not scene.sandboxes.lives(job.session)
    if backend == LOCAL:
        kept = scene.harvest.state / "sessions" / f"{job.session}.db"
        assert sum(file.stat().st_size for file in kept.parent.glob(f"{kept.name}*")) < 100_000_000


@pytest.mark.further
@on_both_in_the_campaign
def test_one_that_forges_its_end_has_ended_before_its_work_is_looked_at(scene: Scene) -> None:
    issue = scene.ask("An agent that forges its end", BEGIN + FREEZE + f"beat=0; {WRITE_BEAT}\n" + FORGE_THE_END + GO_ON)
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    (file,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    published = file["patch"].rpartition("+")[2]
    assert scene.sandboxes.kept(scene.snapshot_of(job), "^beat-[0-9]+$") == [published]
