"""What is said when GitHub, the model or the CLI fail: nothing twice, nothing lost, and always a sentence on what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.anthropic_service import claude_cli
from tests.harvest_service import SCRIPTED_AGENT, JobRow
from tests.scene import HOLD, Scene, commit, eventually, running_scene, slow
from tests.service.backends import cases_in_this_run, cases_on_both, on_both_in_the_campaign

# Each of these creates something that must not be there twice.
CREATING = ("/repos/*/issues/*/comments", "/repos/*/issues/*/reactions", "/repos/*/pulls", "/repos/*/check-runs")
FAULTS: dict[str, dict[str, Any]] = {
    "answers 502, twice": {"fault": "status", "status": 502, "count": 2},
    "is not reached": {"fault": "drop-before"},
    "drops its answer": {"fault": "drop-after"},
    "has had too many requests in a minute (403)": {"fault": "secondary-limit", "retry_after": 1},
    "has had too many requests in a minute (429)": {"fault": "secondary-limit", "status": 429, "retry_after": 1},
    "has had too many requests in an hour": {"fault": "primary-limit", "retry_after": 1},
}
# For `make campaign`: each waits as long as GitHub asks for.
FURTHER = [fault for fault in FAULTS if fault != "drops its answer"]

# What the model answers to everything, and what the thread says of it.
MODEL_FAILURES = {
    "400": (400, "Your credit balance is too low", "The account that Harvest pays the model with has run out of credit."),
    "401": (401, "invalid x-api-key", "The model's API refused Harvest's key."),
    "402": (402, "Your credit balance is too low", "The account that Harvest pays the model with has run out of credit."),
    "404": (404, "model: claude-sonnet-5-5", "The model `sonnet[1m]` does not exist, or Harvest's key may not use it."),
    "429": (429, "Slow down", "The model's rate limit was reached and did not clear in time."),
    "529": (529, "Overloaded", "The model was not available (529) for several tries."),
}
# What only an operator can make anything of.
RAW = ("API Error", "ANTHROPIC_API_KEY", "x-api-key", "--model", "goes on where it was", "credit balance")
REFUSING = "\n".join(
    f"""
[[acts]]
name = "refuse-{status}"
prompt = "Answer with {status}"
[[acts.scenes]]
name = "never"
say = "-"
fault = {{ kind = "refuse", status = {status}, retry_after = 0, times = 0, message = "{message}" }}
"""
    for status, message, _ in MODEL_FAILURES.values()
)


@pytest.fixture(scope="module")
def claude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scripted agent of the module's own, which may be taken away."""
    return Path(shutil.copy(SCRIPTED_AGENT, tmp_path_factory.mktemp("cli") / "claude"))


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str, claude: Path) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), backend, claude=claude) as scene:
        yield scene


@pytest.mark.further
@cases_on_both("fault", FAULTS, further=FURTHER)
def test_nothing_is_there_twice_when_github(scene: Scene, fault: str) -> None:
    for path in CREATING:
        scene.github.fault(**{"method": "POST", "path": path, **FAULTS[fault]})
    issue = scene.ask(f"GitHub {fault}", commit("fault.txt"))
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    assert_one_of_each(scene, issue, job)


@pytest.mark.campaign
@on_both_in_the_campaign
def test_nothing_is_there_twice_when_github_drops_everything_else(scene: Scene) -> None:
    """Token requests, reads, git and edits: each once, in whatever order they come."""
    for path in (
        "/app/*",
        "*/collaborators/*",
        "*/git-receive-pack",
        "*/git-upload-pack",
        "*/issues/comments/*",
    ):
        scene.github.fault("drop-after", path=path)
    issue = scene.ask("GitHub drops everything", commit("dropped.txt"))
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    assert_one_of_each(scene, issue, job)


@pytest.mark.campaign
def test_a_comment_that_somebody_deleted_is_written_anew(scene: Scene) -> None:
    issue = scene.ask("Deleted comment", HOLD + commit("deleted.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    listed = scene.maintainer.get(f"{scene.repo}/issues/{issue}/comments")
    scene.maintainer.delete(f"{scene.repo}/issues/comments/{listed[0]['id']}")
    scene.let_go(job)
    assert_one_of_each(scene, issue, scene.wait_for_end(issue))


@pytest.mark.campaign
def test_a_comment_of_somebody_else_with_our_marker_is_left_alone(scene: Scene) -> None:
    issue = scene.ask("Forged marker", HOLD + commit("forged.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    forged = f"<!-- harvest:session:{job.session} -->\nmine"
    theirs = scene.comment(issue, forged, by=scene.github.reader)["id"]
    for comment in scene.maintainer.get(f"{scene.repo}/issues/{issue}/comments"):
        if comment["id"] != theirs:
            scene.maintainer.delete(f"{scene.repo}/issues/comments/{comment['id']}")
    scene.let_go(job)
    assert_one_of_each(scene, issue, scene.wait_for_end(issue))
    assert scene.maintainer.get(f"{scene.repo}/issues/comments/{theirs}")["body"] == forged


@pytest.mark.campaign
def test_a_locked_thread_keeps_nothing_from_being_published(scene: Scene) -> None:
    issue = scene.ask("Locked", HOLD + commit("locked.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    scene.github.fault("status", method="PATCH", path="*/issues/comments/*", status=403, count=100)
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert len(scene.pulls_of(issue)) == 1


@pytest.mark.further
def test_where_nothing_may_be_written_no_agent_is_told_what_to_do(scene: Scene) -> None:
    scene.github.fault("status", method="POST", path="*/issues/*/comments", status=403, count=100)
    issue = scene.ask("Nobody listens", commit("unheard.txt"))
    job = scene.wait_for_end(issue)
    assert job.outcome == "failed"
    assert "GitHub refused a request" in job.ending["happened"]
    assert job.results_of("run_agent") == []
    assert not scene.sandboxes.lives(job.session)
    assert scene.pulls_of(issue) == []


@pytest.mark.further
def test_a_cli_that_has_gone_is_a_failure_with_advice(scene: Scene, claude: Path) -> None:
    away = claude.rename(claude.with_name("away"))
    issue = scene.ask("No CLI", commit("nothing.txt"))
    job = scene.wait_for_end(issue)
    away.rename(claude)
    assert job.outcome == "failed"
    (comment,) = scene.comments(issue)
    assert "Claude CLI" in comment
    assert "**What to do:**" in comment


def test_without_a_cli_it_does_not_start_and_says_what_to_set(scene: Scene, tmp_path: Path) -> None:
    scene.harvest.stop()
    kept = scene.harvest.env["HARVEST_CLAUDE_PATH"]
    scene.harvest.env["HARVEST_CLAUDE_PATH"] = str(tmp_path / "nowhere")
    with pytest.raises(AssertionError, match="set HARVEST_CLAUDE_PATH"):
        scene.harvest.start()
    scene.harvest.env["HARVEST_CLAUDE_PATH"] = kept


@pytest.fixture(scope="module")
def refused_by_the_model(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Scene, dict[str, int]]]:
    """A model that refuses, asked at once by the real CLI in each way that is looked at."""
    # The CLI says that it has started with another model than this one: that is no reason to stop it.
    env = {"HARVEST_MODEL": "sonnet[1m]"}
    with running_scene(tmp_path_factory.mktemp("refused"), claude=claude_cli(), env=env) as scene:
        scene.model.play(f'title = "Refuses"\n{REFUSING}')
        issues = {name: scene.open_issue(f"Answer with {name}") for name in cases_in_this_run(request, "name")}
        for issue in issues.values():
            scene.label(issue)
        yield scene, issues
        assert scene.github.violations() == []


# The CLI waits half a minute and more for these to clear.
@pytest.mark.parametrize("name", [name if name in ("401", "404") else slow(name) for name in MODEL_FAILURES])
def test_a_model_that_refuses_is_told_in_the_thread(refused_by_the_model: tuple[Scene, dict[str, int]], name: str) -> None:
    scene, issues = refused_by_the_model
    assert scene.wait_for_end(issues[name]).outcome == "failed"
    (comment,) = scene.comments(issues[name])
    assert MODEL_FAILURES[name][2] in comment
    assert "**What to do:**" in comment
    assert not [words for words in RAW if words in comment]
    assert scene.pulls_of(issues[name]) == []


def assert_one_of_each(scene: Scene, issue: int, job: JobRow) -> None:
    (pull,) = scene.pulls_of(issue)
    (comment,) = scene.comments(issue)
    assert pull["html_url"] in comment
    runs = eventually(lambda: scene.check_runs(pull["head"]["sha"]), "the check run")
    assert [(run["external_id"], run["conclusion"]) for run in runs] == [(job.id, "success")]
    assert scene.reactions(issue) == ["eyes"]
    assert len(scene.harvest.jobs(issue)) == 1
