"""What is left when processes are killed: nothing accepted is lost, nothing is done twice, sessions stay in order."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from state.database import Database
from state.jobs import Job, Jobs

PATIENCE_SECONDS = 120
VICTIM = Path(__file__).with_name("victim.py")


@dataclass(frozen=True)
class Said:
    at: float
    words: tuple[str, ...]


Life = list[Said]


def run_victim(url: str, deliveries: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, VICTIM, url, str(deliveries)], stdout=subprocess.PIPE, text=True)


def life_of(
    victim: subprocess.Popen[str], *, killed_after: int | None, at_its_first_job: Callable[[], None] = lambda: None
) -> Life:
    """What it says until it ends; after this many lines it is killed, and after PATIENCE_SECONDS in any case."""
    assert victim.stdout is not None
    life: Life = []
    patience = threading.Timer(PATIENCE_SECONDS, victim.kill)
    patience.start()
    for line in victim.stdout:
        at, *words = line.split()
        life.append(Said(float(at), tuple(words)))
        if words[0] == "begin" and not any(said.words[0] == "begin" for said in life[:-1]):
            at_its_first_job()
        if len(life) == killed_after:
            victim.kill()
    patience.cancel()
    victim.wait()
    victim.stdout.close()
    return life


async def check(url: str, deliveries: int, lives: list[Life]) -> list[Job]:
    """Every job has ended once, and none ran while another of its session did; gives the jobs, newest first."""
    database = await Database.open(url)
    jobs = await Jobs(database).page(rows=deliveries + 1)
    await database.close()
    assert [job.outcome for job in jobs] == ["succeeded"] * deliveries
    said = [said.words for life in lives for said in life]
    assert set(Counter(words for words in said if words[0] in ("accepted", "closed")).values()) == {1}
    assert not [words for words in said if words[0] == "failed"]

    session_of = {job.id: job.session_id for job in jobs}
    at_work: dict[str, tuple[str, Life]] = {}
    everything = [(said, life) for life in lives for said in life]
    for now, its_life in sorted(everything, key=lambda pair: pair[0].at):
        if now.words[0] not in ("begin", "end"):
            continue
        session = session_of[now.words[1]]
        if session in at_work and at_work[session][1][-1].at < now.at:
            del at_work[session]  # that life is over
        assert at_work.setdefault(session, (now.words[1], its_life)) == (now.words[1], its_life), (
            "two jobs of a session at once"
        )
        if now.words[0] == "end":
            del at_work[session]
    return jobs


def check_order(jobs: list[Job], lives: list[Life]) -> None:
    """Each session's jobs began in the order in which they were added."""
    begun = dict.fromkeys(said.words[1] for life in lives for said in life if said.words[0] == "begin")
    added = [job.id for job in reversed(jobs)]
    session_of = {job.id: job.session_id for job in jobs}
    for session in session_of.values():
        assert [job for job in begun if session_of[job] == session] == [job for job in added if session_of[job] == session]


async def kill_again_and_again(url: str, *, deliveries: int, kills: int, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, the same in each run
    lives = [life_of(run_victim(url, deliveries), killed_after=dice.randrange(2, deliveries * 4)) for _ in range(kills)]
    lives.append(life_of(run_victim(url, deliveries), killed_after=None))
    assert lives[-1][-1].words == ("finished",)
    check_order(await check(url, deliveries, lives), lives)


@pytest.mark.further
async def test_killed_at_any_moment_nothing_is_lost_or_done_twice(state_folder: Path) -> None:
    await kill_again_and_again(f"sqlite:///{state_folder}/harvest.db", deliveries=16, kills=2, seed=7)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(5))
async def test_killed_many_times_nothing_is_lost_or_done_twice(state_folder: Path, seed: int) -> None:
    await kill_again_and_again(f"sqlite:///{state_folder}/harvest.db", deliveries=60, kills=12, seed=seed)


@pytest.mark.campaign
async def test_on_postgres_the_jobs_of_a_killed_process_go_on_in_another(postgres: Callable[[], str]) -> None:
    url = postgres()
    others: list[subprocess.Popen[str]] = []
    first = life_of(run_victim(url, 12), killed_after=30, at_its_first_job=lambda: others.append(run_victim(url, 12)))
    second = life_of(others[0], killed_after=None)
    assert second[-1].words == ("finished",)
    await check(url, 12, [first, second])
