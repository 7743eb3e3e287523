"""The campaign: jobs on Modal while the service and sandboxes are killed at random. None is lost, doubled or left running.

`make campaign ARGS="-k random_kills"`, with `--campaign-jobs=20` for a short one and `--campaign-seed=…` for the same kills
again. The figures are printed at the end.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandboxes import MODAL, ModalSandboxes
from tests.scene import Scene, commit, running_scene
from tests.waiting import wait_until

JOBS_A_SESSION = 4
SESSIONS_AT_ONCE = 5

# A delivery that came while the service was down is sent again within some seventy seconds; a job that loses its sandboxes
# begins up to three times. The rest is for a loaded machine.
A_JOB_SECONDS = 600.0

# Between two disturbances, as a part of what an undisturbed job takes on this machine: from two in one step to none in a job.
LEAST_BETWEEN, MOST_BETWEEN = 0.1, 1.2

# What the reconciler promises: by then nothing runs that no job needs.
LEFT_RUNNING_SECONDS = 120.0

LOSABLE = ("SandboxCreateV2", "TaskExecStart", "TaskExecStdinWrite", "TaskSnapshotFilesystem", "SandboxTerminateV2")


@dataclass(frozen=True)
class Session:
    """An issue and the files that its jobs, in order, were asked for."""

    issue: int
    files: tuple[str, ...]


@pytest.mark.campaign
def test_jobs_under_random_kills_are_each_done_once_and_leave_nothing_running(
    tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs: int = pytestconfig.getoption("--campaign-jobs")
    given: int | None = pytestconfig.getoption("--campaign-seed")
    seed = secrets.randbelow(2**32) if given is None else given
    report = [f"{jobs} jobs, {JOBS_A_SESSION} a session, {SESSIONS_AT_ONCE} sessions at once, seed {seed}"]
    with running_scene(tmp_path, MODAL) as scene:
        modal = scene.sandboxes
        assert isinstance(modal, ModalSandboxes)
        try:
            calm_seconds = undisturbed(scene, modal, report)
            before, pushes_before, begun = modal.service.stats(), pushes(scene), time.monotonic()
            chance = random.Random(seed)  # noqa: S311 - which kills, not which secret
            with disturbed(scene, modal, chance, calm_seconds) as disturbances:
                sessions = carry_out(scene, jobs)
            report.append(f"{time.monotonic() - begun:.0f} s; disturbances: {shown(disturbances)}")
            last = time.monotonic()
            wait_until(lambda: modal.service.stats()["running"] == 0, "the end of every sandbox", seconds=LEFT_RUNNING_SECONDS)
            report.append(f"nothing ran {time.monotonic() - last:.0f} s after the last job's end: 0 sandbox-seconds leaked")
            stats = modal.service.stats()
            report.append(
                f"{stats['sandbox_seconds'] - before['sandbox_seconds']:.0f} sandbox-seconds in "
                f"{stats['created'] - before['created']} sandboxes, "
                f"{len(scene.harvest.log_lines('ended a leftover sandbox'))} of them ended by the reconciler; "
                f"{(calls(stats) - calls(before)) / jobs:.0f} calls a job"
            )
            ended = [job for session in sessions for job in scene.harvest.jobs(session.issue)]
            report.append(f"outcomes: {shown(Counter(job.outcome or 'none' for job in ended))}")
            lost = Counter(len(job.results_of("lose_sandbox")) for job in ended)
            report.append(f"jobs by the sandboxes that they lost: {shown({str(key): n for key, n in sorted(lost.items())})}")
            for session in sessions:
                each_is_done_once(scene, session)
            assert len(ended) == jobs
            assert pushes(scene) - pushes_before == sum(job.outcome == "succeeded" for job in ended)
            assert scene.github.violations() == []
        finally:
            with capsys.disabled():
                print("", *report, sep="\n  ")


def undisturbed(scene: Scene, modal: ModalSandboxes, report: list[str]) -> float:
    """A session before the storm: how long its jobs take, and what they ask of Modal. Gives the first one's seconds."""
    issue = scene.ask("Calm", commit("calm-first.txt"))
    first = scene.wait_for_end(issue)
    before = modal.service.stats()
    scene.comment(issue, f"/harvest more\n```sh\n{commit('calm-second.txt')}```")
    second = scene.wait_for_end(issue, number=2)
    took = "SELECT ended_at - created_at FROM jobs WHERE id IN (?, ?) ORDER BY number"
    (seconds,), (further,) = scene.harvest.query(took, first.id, second.id)
    report.append(f"undisturbed, the first job takes {seconds:.1f} s and asks Modal {calls(before)} times;")
    report.append(f"the follow-up takes {further:.1f} s and asks {calls(modal.service.stats()) - calls(before)} times")
    return float(seconds)


@contextmanager
def disturbed(scene: Scene, modal: ModalSandboxes, chance: random.Random, calm_seconds: float) -> Iterator[Counter[str]]:
    """Something is killed again and again during the block; gives what was, by kind. Afterwards all is well."""
    counted: Counter[str] = Counter()
    over = threading.Event()

    def storm() -> None:
        while not over.wait(calm_seconds * chance.uniform(LEAST_BETWEEN, MOST_BETWEEN)):
            (disturb,) = chance.choices((kill_the_service, end_a_sandbox, make_trouble), weights=(4, 4, 2))
            if kind := disturb(scene, modal, chance):
                counted[kind] += 1

    with ThreadPoolExecutor(1) as thread:
        storming = thread.submit(storm)
        try:
            yield counted
        finally:
            over.set()
            storming.result()
            modal.service.heal()


def kill_the_service(scene: Scene, modal: ModalSandboxes, chance: random.Random) -> str:
    scene.harvest.restart()
    return "service killed"


def end_a_sandbox(scene: Scene, modal: ModalSandboxes, chance: random.Random) -> str | None:
    living = [one["id"] for one in modal.service.sandboxes(service="harvest") if one["state"] == "running"]
    if not living:
        return None
    cause = chance.choice(("oom", "evicted", "lost"))
    modal.service.end(chance.choice(living), cause)
    return f"sandbox {cause}"


def make_trouble(scene: Scene, modal: ModalSandboxes, chance: random.Random) -> str:
    do = chance.choice(("lose_answer", "drop_stream", "outage"))
    match do:
        case "lose_answer":
            modal.service.arm(do, rpc=chance.choice(LOSABLE))
        case "drop_stream":
            modal.service.arm(do, rpc="TaskExecStdioRead", after_bytes=chance.randrange(2000))
        case "outage":
            modal.service.arm(do, seconds=chance.uniform(0.5, 5))
    return do


def carry_out(scene: Scene, jobs: int) -> list[Session]:
    """Ask for so many jobs, several sessions at once, and wait until each has ended and released its sandbox."""
    sizes = [JOBS_A_SESSION] * (jobs // JOBS_A_SESSION) + [jobs % JOBS_A_SESSION] * bool(jobs % JOBS_A_SESSION)
    with ThreadPoolExecutor(SESSIONS_AT_ONCE) as people:
        return list(people.map(lambda which: one_session(scene, *which), enumerate(sizes)))


def one_session(scene: Scene, number: int, size: int) -> Session:
    """An issue and the comments under it; the last two in one go, so that one waits for the other."""
    files = tuple(f"step-{number}-{step}.txt" for step in range(1, size + 1))
    issue = scene.ask(f"Session {number}", script(files[0]))
    for step, file in enumerate(files[1:], 2):
        if step < size or size == 2:
            wait_for_ends(scene, issue, step - 1)
        scene.comment(issue, f"/harvest {file}\n```sh\n{script(file)}```")
    wait_for_ends(scene, issue, size)
    return Session(issue, files)


def script(file: str) -> str:
    """Takes a moment, and does its work once, however often it is begun."""
    return f"sleep 0.5\n[ -e {file} ] || {{ {commit(file, message=f'Add {file}')} }}\n"


def wait_for_ends(scene: Scene, issue: int, count: int) -> None:
    released = "SELECT job_id FROM job_steps WHERE step = 'release_sandbox' AND finished_at IS NOT NULL"
    ended = f"SELECT 1 FROM jobs WHERE ask -> 'target' ->> 'thread' = ? AND state = 'ended' AND id IN ({released})"  # noqa: S608
    wait_until(
        lambda: len(scene.harvest.query(ended, issue)) >= count, f"{count} ended jobs of #{issue}", seconds=A_JOB_SECONDS
    )


def each_is_done_once(scene: Scene, session: Session) -> None:
    """Every request has its end in the thread, and there is one comment; one pull request, with one commit and one check run
    for each job that published."""
    jobs = scene.harvest.jobs(session.issue)
    assert len(jobs) == len(session.files)
    (comment,) = scene.comments(session.issue)
    for file in session.files[1:]:
        assert file in comment, f"the end of {file} in the thread of #{session.issue}"
    published = [job for job in jobs if job.outcome == "succeeded"]
    if published:
        (pull,) = scene.pulls_of(session.issue)
        assert scene.pull(pull["number"])["commits"] == len(published)
        commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
        for one in commits:
            own = [run for run in scene.check_runs(one["sha"]) if run["conclusion"] == "success"]
            assert len(own) == 1, f"one check run for the work on {one['sha']}"


def pushes(scene: Scene) -> int:
    """How often a branch was pushed to; a delivery that was sent again counts once."""
    return len({one["guid"] for one in scene.github.deliveries("push")})


def calls(stats: dict[str, Any]) -> int:
    """How often Modal was called in all."""
    return sum(stats["calls"].values())


def shown(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in sorted(counts.items())) or "none"
