"""The main job, whole: a label becomes a pull request, a comment under it the next commit. The CLI is the real one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.github_requests import asked_for
from sandbox.registries import ECOSYSTEMS
from tests.anthropic_service import PLAYS, claude_cli, fingerprint
from tests.harvest_service import JobRow
from tests.operator.command_line import harvest
from tests.sandboxes import LOCAL, MODAL
from tests.scene import BOT, Scene, eventually, running_scene
from tests.service.backends import on_both

FOLLOW_UP = "/harvest also write -0.4 as `0s`: it comes out as `-0s`"
TIMESPAN = (PLAYS / "timespan-fix.toml", PLAYS / "timespan-also.toml")

AT_ITS_START = {"/app", "/app/hook/deliveries", f"/users/{BOT}"}


@dataclass(frozen=True)
class Told:
    """What happened in the story, for every test to look at. Times are in seconds since the epoch."""

    scene: Scene
    issue: int
    labelled_at: float
    first: JobRow
    pull_after_first: dict[str, Any]
    first_over_at: float
    commented_at: float
    comment: int
    second: JobRow
    second_over_at: float

    @property
    def pull(self) -> dict[str, Any]:
        return self.scene.pull(self.pull_after_first["number"])

    @property
    def follow_up(self) -> list[dict[str, Any]]:
        """What the model was sent for the second job, in order."""
        count = [request["scene"] for request in self.model_requests].index("also/plan")
        return self.model_requests[count:]

    @property
    def model_requests(self) -> list[dict[str, Any]]:
        return [request for request in self.scene.model.requests() if request["scene"] not in (None, "side")]

    def rest_requests(self, job: JobRow, since: float, until: float) -> list[str]:
        """What Harvest asked of GitHub's API for that job."""
        return asked_for(job.id, [one for one in self.scene.github.requests(since)["requests"] if one["at"] < until])


@pytest.fixture(scope="module", params=[LOCAL, pytest.param(MODAL, marks=pytest.mark.further)])
def told(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Told]:
    """The story, told once on each backend; on Modal with what is allowed there by default. It goes on at a standby."""
    allowed = {"HARVEST_EGRESS_ALLOW": ",".join(ECOSYSTEMS)} if request.param == MODAL else {}
    folder = tmp_path_factory.mktemp("main")
    env = {**allowed, "HARVEST_STANDBYS": "1"}
    with running_scene(folder, request.param, claude=claude_cli(), plays=TIMESPAN, env=env) as scene:
        # What Harvest asks at its start belongs to no job.
        eventually(lambda: asked_of(scene) >= AT_ITS_START, "what Harvest asks GitHub at its start")
        # GitHub's times are whole seconds: what is asked for in that of the start may be older, and is looked at once more.
        started = int(time.time())
        eventually(lambda: int(time.time()) > started, "the second after its start")
        issue = scene.maintainer.get(f"{scene.repo}/issues", state="open")[0]["number"]
        labelled_at = time.time()
        scene.label(issue)
        first = scene.wait_for_end(issue)
        first_over_at = time.time()
        (found,) = scene.pulls_of(issue)
        pull = scene.pull(found["number"])
        eventually(lambda: scene.harvest.query("SELECT 1 FROM standbys"), "the session's standby")
        commented_at = time.time()
        comment = scene.comment(pull["number"], FOLLOW_UP)["id"]
        second = scene.wait_for_end(pull["number"])
        yield Told(scene, issue, labelled_at, first, pull, first_over_at, commented_at, comment, second, time.time())


def test_the_label_is_answered_by_a_reaction_and_one_comment(told: Told) -> None:
    assert told.scene.reactions(told.issue) == ["eyes"]
    (comment,) = told.scene.comments(told.issue)
    assert told.pull["html_url"] in comment
    assert told.scene.comments(told.pull["number"]) == [], "the session has one comment, and it is on the issue"


def test_the_bot_opens_a_draft_pull_request_that_closes_the_issue(told: Told) -> None:
    pull = told.pull
    assert pull["user"]["login"] == BOT
    assert pull["draft"]
    assert pull["base"]["ref"] == "main"
    assert re.fullmatch(rf"harvest/{told.issue}-[a-z0-9-]+", pull["head"]["ref"])
    assert told.pull_after_first["title"] == "Carry a second that format_span rounds up"
    assert pull["title"] == "Carry a second that rounds up, and write less than half of one as 0s", "all of it, by now"
    assert re.findall(r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?) #\d+", pull["body"]) == [f"Closes #{told.issue}"]


def test_its_head_carries_a_successful_check_run_of_the_job(told: Told) -> None:
    runs = [run for run in told.scene.check_runs(told.pull_after_first["head"]["sha"]) if run["external_id"] == told.first.id]
    (run,) = runs
    assert (run["status"], run["conclusion"]) == ("completed", "success")
    assert "python3 -m unittest" in run["output"]["text"]


def test_the_commits_are_the_bots_and_name_the_model_as_co_author(told: Told) -> None:
    commits = told.scene.maintainer.get(f"{told.scene.repo}/pulls/{told.pull['number']}/commits")
    assert [commit["parents"][0]["sha"] for commit in commits[1:]] == [commit["sha"] for commit in commits[:-1]]
    for commit in commits:
        assert commit["commit"]["author"]["name"].endswith("(Harvest)")
        assert re.search(r"(?m)^Co-Authored-By: claude-sonnet\S* <noreply@anthropic\.com>$", commit["commit"]["message"])


def test_a_comment_under_the_pull_request_adds_commits_to_the_same_one(told: Told) -> None:
    (pull,) = told.scene.pulls_of(told.issue)
    assert told.second.session == told.first.session
    assert pull["head"]["sha"] != told.pull_after_first["head"]["sha"]
    compared = told.scene.maintainer.get(
        f"{told.scene.repo}/compare/{told.pull_after_first['head']['sha']}...{pull['head']['sha']}"
    )
    assert (compared["status"], compared["behind_by"]) == ("ahead", 0)
    assert "### Then: `` also write -0.4 as `0s`" in pull["body"]


def test_the_agent_resumes_its_conversation(told: Told) -> None:
    first_request = told.follow_up[0]
    messages = str(first_request["body"]["messages"])
    assert "I'll show the bug in a test first" in messages, "what it said in the first job"
    (comment,) = told.scene.comments(told.issue)
    assert "the agent remembered the conversation" in comment


def test_it_waited_for_the_follow_up_and_has_all_that_a_job_gives(told: Told) -> None:
    run = told.second.result_of("open_sandbox")["waiting"]["run_id"]
    assert run.startswith("standby-"), "it was there when the comment came"
    tools, tools_before = (
        {tool["name"] for tool in asked["body"]["tools"]} for asked in (told.follow_up[0], told.model_requests[0])
    )
    assert tools == tools_before
    assert "mcp__harvest__report_progress" in tools
    assert "Harvest" in str(told.follow_up[0]["body"]["system"]), "the rules"


def test_the_follow_up_reacts_to_its_comment_and_moves_the_check_run_on(told: Told) -> None:
    reactions = told.scene.maintainer.get(f"{told.scene.repo}/issues/comments/{told.comment}/reactions")
    assert [one["content"] for one in reactions] == ["eyes", "rocket"]
    before = {run["external_id"]: run for run in told.scene.check_runs(told.pull_after_first["head"]["sha"])}
    assert before[told.second.id]["conclusion"] == "neutral", "the one that showed the work is closed with a word"
    after = [(run["external_id"], run["conclusion"]) for run in told.scene.check_runs(told.pull["head"]["sha"])]
    assert after == [(told.second.id, "success")]


def test_what_the_sandbox_took_is_told_beside_the_model(told: Told) -> None:
    (comment,) = told.scene.comments(told.issue)
    assert re.search(r"<sub>[^\n]*\$\d[^\n]* · sandbox \d+ s · ", comment)
    (run,) = (run for run in told.scene.check_runs(told.pull["head"]["sha"]) if run["external_id"] == told.second.id)
    assert re.search(r"· sandbox \d+ s · ", run["output"]["text"])
    shown = harvest(
        "jobs", told.first.id, cwd=told.scene.harvest.state, HARVEST_STATE_DIR=str(told.scene.harvest.state)
    ).stdout
    assert re.search(r"(?m)^sandbox: 1 sandbox, \d+ s with [\d.]+ CPU and [\d.]+ GiB of memory$", shown)
    running = "SELECT count(*) FROM sandbox_times WHERE ended_at IS NULL AND job_id IS NOT NULL"
    assert told.scene.harvest.query(running) == [(0,)]


def test_few_requests_are_made_of_github(told: Told) -> None:
    first = told.rest_requests(told.first, told.labelled_at, told.first_over_at)
    second = told.rest_requests(told.second, told.commented_at, told.second_over_at)
    # One of them looks whether the repository is private: the agent proposes a lesson for memory.
    assert 0 < len(first) <= 13, first
    assert 0 < len(second) <= 10, second


def test_no_token_is_in_any_url(told: Told) -> None:
    paths = [request["path"] for request in told.scene.github.requests()["requests"]]
    assert not [path for path in paths if re.search(r"gh[a-z]_|x-access-token|eyJ", path)]
    assert told.scene.github.violations() == []


def test_the_model_is_asked_with_the_operators_key_and_told_of_no_other(told: Told) -> None:
    asked = told.scene.model.requests()
    shown = {credential["sha256"] for request in asked for credential in request["credentials"]}
    assert shown == {fingerprint(told.scene.model.api_key)}
    assert "harvest-job-" not in str(asked)


def test_no_credential_is_left_in_the_state_or_the_log(told: Told) -> None:
    """Snapshots, transcripts, databases, the jobs' folders: nothing of it holds what could be used."""
    assert secrets_below(told.scene) == {}
    of_the_agent = rf"gh[a-z]_[A-Za-z0-9._-]{{20,}}|harvest-job-[A-Za-z0-9_-]{{20,}}|{told.scene.model.api_key}"
    assert told.scene.sandboxes.kept(told.scene.snapshot_of(told.second), of_the_agent) == []
    assert told.scene.sandboxes.kept(told.scene.snapshot_of(told.second), "def format_span") != [], "it was looked at"


@on_both
@pytest.mark.campaign
def test_direct_mode_does_the_same_with_the_agent_holding_the_key(tmp_path: Path, backend: str) -> None:
    direct = {"HARVEST_MODEL_ACCESS": "direct"}
    with running_scene(tmp_path, backend, claude=claude_cli(), plays=TIMESPAN, env=direct) as scene:
        issue = scene.maintainer.get(f"{scene.repo}/issues", state="open")[0]["number"]
        scene.label(issue)
        assert scene.wait_for_end(issue).outcome == "succeeded"
        assert len(scene.pulls_of(issue)) == 1
        paths = {request["path"] for request in scene.model.requests()}
        assert "/v1/messages" in paths
        assert secrets_below(scene) == {}


def asked_of(scene: Scene) -> set[str]:
    """The paths that GitHub was asked for so far."""
    return {request["path"] for request in scene.github.requests()["requests"]}


def secrets_below(scene: Scene) -> dict[str, list[str]]:
    """The files of Harvest's folder that hold a credential, and which."""
    env = scene.harvest.env
    key_lines = Path(env["GITHUB_PRIVATE_KEY_PATH"]).read_text().splitlines()[1:-1]
    wanted = {
        "an installation token": re.compile(rb"gh[a-z]_[A-Za-z0-9._-]{20,}"),
        "a job's gateway token": re.compile(rb"harvest-job-[A-Za-z0-9_-]{20,}"),
        "the model's key": re.compile(re.escape(env["ANTHROPIC_API_KEY"].encode())),
        "the webhook secret": re.compile(re.escape(env["GITHUB_WEBHOOK_SECRET"].encode())),
        "the App's private key": re.compile("|".join(map(re.escape, key_lines)).encode()),
    }
    found: dict[str, list[str]] = {}
    for path in scene.harvest.log_path.parent.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if kinds := [kind for kind, pattern in wanted.items() if pattern.search(content)]:
                found[str(path.relative_to(scene.harvest.log_path.parent))] = kinds
    return found
