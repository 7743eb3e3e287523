"""Several nodes on one Postgres, each with a disk of its own: any of them carries on what another one had, and one that wakes
after it was taken for dead changes nothing. Seen as people see it: on GitHub.
"""

from __future__ import annotations

import random
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
import pytest

from state.executors import DEAD_AFTER_SECONDS
from state.inbox import LEASE_SECONDS
from state.jobs import job_id_of
from tests.anthropic_service import anthropic_service
from tests.balancer import balancing
from tests.github_service import LIMITS_SPEED, running_github
from tests.harvest_service import SCRIPTED_AGENT, HarvestService
from tests.postgres_service import running_postgres
from tests.sandboxes import MODAL, ModalSandboxes, sandboxes_on
from tests.scene import HOLD, Scene, commit, eventually, instructions
from tests.service.review_threads import FILE, on_line, open_pull, threads_of, what_the_agent_does
from tests.waiting import wait_until

NODES = 3
# In a job's row.
THREAD = "ask -> 'target' ->> 'thread'"
# Longer than everything that a node holds for a time.
LONGER_THAN_EVERY_LEASE = max(LEASE_SECONDS, DEAD_AFTER_SECONDS) + 5.0

# The campaign: so many sessions with so many jobs each, and answers in their threads.
SESSIONS, JOBS_A_SESSION, ANSWERS_A_SESSION = 20, 3, 10
SESSIONS_AT_ONCE = 6
A_SESSION_SECONDS = 1800.0
LEFT_RUNNING_SECONDS = 180.0


class Nodes:
    """The nodes, and what lies in their database."""

    def __init__(self, folder: Path, env: Mapping[str, str], database_url: str) -> None:
        self._folder = folder
        self._env = {**env, "HARVEST_DATABASE_URL": database_url}
        self._database_url = database_url
        self._number = 0
        self.lives: list[HarvestService] = []

    def start(self) -> HarvestService:
        """One more, with an empty state directory."""
        self._number += 1
        folder = self._folder / f"node-{self._number}"
        folder.mkdir(parents=True)
        node = HarvestService(folder, self._env)
        node.start()
        self.lives.append(node)
        return node

    def kill(self, node: HarvestService) -> None:
        """As a power cut does."""
        self.lives.remove(node)
        node.kill()

    @contextmanager
    def stopped(self, node: HarvestService) -> Iterator[None]:
        """As a machine is that gets no time: its connections stand, and it says nothing."""
        assert node.process is not None
        node.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            node.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        for node in self.lives:
            node.stop()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._database_url) as connection:
            return connection.execute(sql, values).fetchall()

    def holder_of(self, issue: int) -> HarvestService | None:
        """The node that carries out the issue's job now."""
        found = self.query(
            f"SELECT holder FROM job_queue JOIN jobs ON jobs.id = job_id WHERE {THREAD} = %s AND holder <> ''",  # noqa: S608
            str(issue),
        )
        pids = {f"-{node.process.pid}-": node for node in self.lives if node.process is not None}
        return next((node for part, node in pids.items() for (holder,) in found if part in holder), None)

    def at_the_agent(self, issue: int) -> str | None:
        """The session whose agent is at work on the issue."""
        rows = self.query(
            f"SELECT session_id FROM jobs WHERE {THREAD} = %s AND step = 'run_agent' AND deadline IS NOT NULL",  # noqa: S608
            str(issue),
        )
        return str(rows[0][0]) if rows else None

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in self._folder.glob("node-*/harvest.log"))


@contextmanager
def several_nodes(
    folder: Path, count: int = NODES, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[Scene, Nodes, ModalSandboxes]]:
    """So many nodes behind a balancer, with sandboxes on the emulated Modal."""
    with ExitStack() as stack:
        github = stack.enter_context(running_github(folder / "github"))
        model = stack.enter_context(anthropic_service())
        sandboxes = stack.enter_context(sandboxes_on(MODAL, folder, state=folder / "no state", claude=SCRIPTED_AGENT))
        assert isinstance(sandboxes, ModalSandboxes)
        database = stack.enter_context(running_postgres()).new_database()
        env = {
            **github.env,
            **model.environment,
            **sandboxes.env,
            "HARVEST_GITHUB_PACE": str(LIMITS_SPEED),
            "HARVEST_SAVE_SECONDS": "2",
            **settings,
        }
        nodes: list[Nodes] = []
        url = stack.enter_context(balancing(lambda: [node.url for node in nodes[0].lives]))
        nodes.append(Nodes(folder, {**env, "HARVEST_PUBLIC_URL": url}, database))
        stack.callback(nodes[0].close)
        for _ in range(count):
            nodes[0].start()
        github.point_hook_at(f"{url}/webhooks/github")
        yield Scene(github, model, sandboxes, nodes[0].lives[0]), nodes[0], sandboxes


@pytest.mark.further
def test_a_killed_nodes_job_goes_on_elsewhere_and_a_node_that_slept_through_it_changes_nothing(tmp_path: Path) -> None:
    with several_nodes(tmp_path) as (scene, nodes, sandboxes):
        killed, slept = two_jobs_on_two_nodes(scene, nodes)
        sessions = {issue: session_at_the_agent(nodes, issue) for issue in (killed, slept)}
        sleeper, dead = nodes.holder_of(slept), nodes.holder_of(killed)
        assert sleeper is not None
        assert dead is not None
        with nodes.stopped(sleeper):
            nodes.kill(dead)
            (awake,) = [node for node in nodes.lives if node is not sleeper]
            for issue in (killed, slept):
                eventually(lambda issue=issue: nodes.holder_of(issue) is awake, f"#{issue} in the hands of the third")  # type: ignore[misc]
                sandboxes.touch(sessions[issue], "go")
            for issue in (killed, slept):
                eventually(lambda issue=issue: is_done(scene, issue), f"the end of #{issue}")  # type: ignore[misc]
        eventually(lambda: "others have its jobs" in sleeper.log(), "the sleeper's waking")
        help_for_the_sleeper = scene.comment(slept, "/harvest help")
        eventually(lambda: answer_to(scene, slept, help_for_the_sleeper), "the answer")
        eventually(lambda: sandboxes.service.stats()["running"] == 0, "the sandboxes released")
        for issue in (killed, slept):
            (pull,) = scene.pulls_of(issue)
            assert scene.pull(pull["number"])["commits"] == 1
            assert len(session_comments(scene, issue)) == 1
            assert is_done(scene, issue)
        assert "step failed" not in nodes.logs()
        assert "Traceback" not in sleeper.log()
        assert scene.github.violations() == []


@pytest.mark.campaign
def test_a_watch_goes_on_on_another_node_when_the_one_that_works_for_it_is_killed(tmp_path: Path) -> None:
    with several_nodes(tmp_path, 2, {"HARVEST_WATCH_SETTLE_SECONDS": "0.5"}) as (scene, nodes, sandboxes):
        mend = f"{HOLD}sed -i 's/line 2/line two/' {FILE} && git commit -qam 'Bound it'"
        pull = open_pull(scene, "watched", what_the_agent_does(mend, [{"thread": 1, "outcome": "settled", "say": "Bound."}]))
        number = pull["number"]
        on_line(scene, pull, 2, "This has no limit.", scene.maintainer)
        scene.comment(number, "/harvest watch")
        session = session_at_the_agent(nodes, number)
        dead = nodes.holder_of(number)
        assert dead is not None
        nodes.kill(dead)
        (other,) = nodes.lives
        eventually(lambda: nodes.holder_of(number) is other, "the job in the hands of the other")
        sandboxes.touch(session, "go")
        eventually(lambda: scene.pull(number)["head"]["sha"] != pull["head"]["sha"], "the push")
        eventually(lambda: all(is_resolved for _, is_resolved in threads_of(scene, pull).values()), "the thread resolved")
        eventually(lambda: not nodes.query("SELECT 1 FROM jobs WHERE state <> 'ended'"), "the end of the job")
        scene.maintainer.patch(f"{scene.repo}/pulls/{number}", {"state": "closed"})
        assert "1 job so far" in scene.wait_for_comment(number, "is not watched any more")
        assert len([one for one in scene.comments(number) if "is not watched any more" in one]) == 1
        assert nodes.query("SELECT count(*) FROM jobs") == [(1,)]
        assert scene.pull(number)["commits"] == 2
        assert scene.github.violations() == []


def session_at_the_agent(nodes: Nodes, issue: int) -> str:
    """The issue's session, once its agent is at work."""
    return str(eventually(lambda: nodes.at_the_agent(issue), f"the agent of #{issue}"))


def two_jobs_on_two_nodes(scene: Scene, nodes: Nodes) -> tuple[int, int]:
    """Two issues whose agents wait, each in the hands of another node."""
    first = scene.ask("On one node", HOLD + commit("first.txt"))
    eventually(lambda: nodes.holder_of(first), "its holder")
    while True:
        second = scene.ask("On another one", HOLD + commit("second.txt"))
        eventually(lambda second=second: nodes.holder_of(second), "its holder")  # type: ignore[misc]
        if nodes.holder_of(second) is not nodes.holder_of(first):
            return first, second
        scene.comment(second, "/harvest stop")


@pytest.mark.campaign
def test_jobs_and_answers_on_three_nodes_under_random_kills_and_pauses_are_each_done_once(
    tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    given: int | None = pytestconfig.getoption("--campaign-seed")
    seed = secrets.randbelow(2**32) if given is None else given
    chance = random.Random(seed)  # noqa: S311 - which kills, not which secret
    report = [f"{SESSIONS * JOBS_A_SESSION} jobs, {SESSIONS * ANSWERS_A_SESSION} answers, {NODES} nodes, seed {seed}"]
    with several_nodes(tmp_path) as (scene, nodes, sandboxes):
        try:
            begun = time.monotonic()
            with disturbed(scene, nodes, chance) as disturbances, ThreadPoolExecutor(SESSIONS_AT_ONCE) as people:
                sessions = list(people.map(lambda number: one_session(scene, nodes, number), range(SESSIONS)))
            report.append(f"{time.monotonic() - begun:.0f} s; disturbances: {dict(sorted(disturbances.items()))}")
            wait_until(
                lambda: sandboxes.service.stats()["running"] == 0, "the end of every sandbox", seconds=LEFT_RUNNING_SECONDS
            )
            outcomes = Counter(outcome for (outcome,) in nodes.query("SELECT outcome FROM jobs"))
            report.append(f"outcomes: {dict(outcomes)}")
            wrong = [found for issue, asked in sessions for found in what_is_wrong(scene, issue, asked)]
            report += wrong
            assert wrong == []
            assert outcomes == {"succeeded": SESSIONS * JOBS_A_SESSION}
            assert scene.github.violations() == []
        finally:
            with capsys.disabled():
                print("", *report, sep="\n  ")


@contextmanager
def disturbed(scene: Scene, nodes: Nodes, chance: random.Random) -> Iterator[Counter[str]]:
    """Nodes are killed and stopped during the block, and GitHub is slow; gives how often, by kind."""
    counted: Counter[str] = Counter()
    over = threading.Event()

    def storm() -> None:
        while not over.wait(chance.uniform(10, 40)):
            scene.github.fault(
                "delay", method="POST", path="*", count=chance.randrange(1, 8), delay_seconds=chance.uniform(1, 8)
            )
            node = chance.choice(nodes.lives)
            if chance.random() < 0.5:
                nodes.kill(node)
                counted["killed"] += 1
                over.wait(chance.uniform(0, 15))
                nodes.start()
            else:
                counted["stopped"] += 1
                with nodes.stopped(node):
                    over.wait(LONGER_THAN_EVERY_LEASE)

    with ThreadPoolExecutor(1) as thread:
        storming = thread.submit(storm)
        try:
            yield counted
        finally:
            over.set()
            storming.result()
            scene.clear_faults()


def one_session(scene: Scene, nodes: Nodes, number: int) -> tuple[int, list[dict[str, Any]]]:
    """An issue with its jobs, all asked for at once, and comments that want the help between them; gives the comments."""
    files = [f"step-{number}-{step}.txt" for step in range(1, JOBS_A_SESSION + 1)]
    issue = scene.ask(f"Session {number}", script(files[0]))
    asked = []
    for step in range(ANSWERS_A_SESSION):
        asked.append(scene.comment(issue, "/harvest help"))
        if 0 < step < JOBS_A_SESSION:
            # After the first one's pull request is there, or later jobs would not know of it.
            scene.comment(issue, f"/harvest {files[step]}\n{instructions(script(files[step]))}")
    ended = f"SELECT 1 FROM jobs WHERE {THREAD} = %s AND state = 'ended'"  # noqa: S608
    wait_until(lambda: len(nodes.query(ended, str(issue))) == JOBS_A_SESSION, f"all of #{issue}", seconds=A_SESSION_SECONDS)
    wait_until(
        lambda: all(answer_to(scene, issue, each) for each in asked), f"the answers on #{issue}", seconds=A_SESSION_SECONDS
    )
    return issue, asked


def script(file: str) -> str:
    """Takes a moment, and does its work once, however often it is begun."""
    return f"sleep 0.5\n[ -e {file} ] || {{ {commit(file, message=f'Add {file}')} }}\n"


def what_is_wrong(scene: Scene, issue: int, asked: list[dict[str, Any]]) -> list[str]:
    """Sentences on what is lost, there twice, or out of order; none."""
    wrong = []
    pulls = scene.pulls_of(issue)
    if len(pulls) != 1:
        wrong.append(f"#{issue} has {len(pulls)} pull requests")
    for pull in pulls:
        commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
        steps = [one["commit"]["message"].partition(".txt")[0].rpartition("-")[2] for one in commits]
        if steps != [str(step) for step in range(1, JOBS_A_SESSION + 1)]:
            wrong.append(f"#{issue}'s commits are {steps}")
        for one in commits:
            runs = [run["conclusion"] for run in scene.check_runs(one["sha"]) if run["conclusion"] == "success"]
            if len(runs) != 1:
                wrong.append(f"{len(runs)} check runs on {one['sha'][:7]} of #{issue}")
    shown = session_comments(scene, issue)
    if len(shown) != 1 or not is_done(scene, issue):
        wrong.append(f"#{issue} has {len(shown)} session comments: {[comment[:200] for comment in shown]}")
    answers = Counter(
        marker for comment in scene.comments(issue) for marker in [comment.partition("\n")[0]] if ANSWER in marker
    )
    for each in asked:
        if answers[marker_of(scene, each)] != 1:
            wrong.append(f"comment {each['id']} on #{issue} has {answers[marker_of(scene, each)]} answers")
    return wrong


ANSWER = "harvest:answer:"


def marker_of(scene: Scene, comment: dict[str, Any]) -> str:
    repository = scene.maintainer.get(scene.repo)["id"]
    key = f"comment/{repository}/{comment['id']}/{comment['created_at']}"
    return f"<!-- {ANSWER}{job_id_of(key)} -->"


def answer_to(scene: Scene, issue: int, comment: dict[str, Any]) -> bool:
    return any(marker_of(scene, comment) in one for one in scene.comments(issue))


def session_comments(scene: Scene, issue: int) -> list[str]:
    return [comment for comment in scene.comments(issue) if comment.startswith("<!-- harvest:session:")]


def is_done(scene: Scene, issue: int) -> bool:
    return any("### 🌾 Done" in comment for comment in session_comments(scene, issue))
