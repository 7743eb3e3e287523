"""What is left when processes are killed: nothing accepted is lost, nothing is done twice, sessions stay in order."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from state.database import Database
from state.jobs import Jobs

VICTIM = Path(__file__).with_name("victim.py")


def run_victim(url: str, deliveries: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, VICTIM, url, str(deliveries)], stdout=subprocess.PIPE, text=True)


def lines_until_killed(victim: subprocess.Popen[str], *, after: int | None) -> list[list[str]]:
    """What it says, until it ends or has said this many lines and is killed."""
    assert victim.stdout is not None
    said: list[list[str]] = []
    for line in victim.stdout:
        said.append(line.split())
        if len(said) == after:
            victim.kill()
    victim.wait()
    victim.stdout.close()
    return said


async def check(url: str, deliveries: int, lives: list[list[list[str]]]) -> None:
    database = await Database.open(url)
    jobs = await Jobs(database).page(rows=deliveries + 1)
    await database.close()
    assert [job.outcome for job in jobs] == ["succeeded"] * deliveries

    said = [words for life in lives for words in life]
    once = Counter(tuple(words) for words in said if words[0] in ("accepted", "closed"))
    assert set(once.values()) <= {1}
    assert not [words for words in said if words[0] == "failed"]

    session_of = {job.id: job.session_id for job in jobs}
    for life in lives:
        at_work: dict[str, str] = {}
        for kind, job_id, *_ in (words for words in life if words[0] in ("begin", "end")):
            session = session_of[job_id]
            assert at_work.setdefault(session, job_id) == job_id, f"two jobs at once in {session}"
            if kind == "end":
                del at_work[session]
    first_begun = list(dict.fromkeys(words[1] for words in said if words[0] == "begin"))
    for session in set(session_of.values()):
        order = [job.id for job in reversed(jobs) if job.session_id == session]
        assert [job_id for job_id in first_begun if session_of[job_id] == session] == order


async def kill_again_and_again(url: str, *, deliveries: int, kills: int, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, the same in each run
    lives = [lines_until_killed(run_victim(url, deliveries), after=dice.randrange(2, deliveries * 4)) for _ in range(kills)]
    lives.append(lines_until_killed(run_victim(url, deliveries), after=None))
    assert lives[-1][-1] == ["finished"]
    await check(url, deliveries, lives)


async def test_killed_at_any_moment_nothing_is_lost_or_done_twice(state_folder: Path) -> None:
    await kill_again_and_again(f"sqlite:///{state_folder}/harvest.db", deliveries=16, kills=2, seed=7)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(5))
async def test_killed_many_times_nothing_is_lost_or_done_twice(state_folder: Path, seed: int) -> None:
    await kill_again_and_again(f"sqlite:///{state_folder}/harvest.db", deliveries=60, kills=12, seed=seed)


async def test_on_postgres_the_jobs_of_a_killed_process_go_on_in_another(postgres: Callable[[], str]) -> None:
    url = postgres()
    first = run_victim(url, 12)
    assert first.stdout is not None
    assert first.stdout.readline() == "ready\n"
    second = run_victim(url, 12)
    said_first = [["ready"], *lines_until_killed(first, after=30)]
    said_second = lines_until_killed(second, after=None)
    assert said_second[-1] == ["finished"]
    assert [words for words in said_first if words[0] == "begin"]
    await check(url, 12, [said_first, said_second])
