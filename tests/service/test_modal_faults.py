"""What can go wrong with Modal: the job waits, starts from less, or ends with a sentence; nothing is left running."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harvest_service import JobRow
from tests.sandboxes import MODAL, ModalSandboxes
from tests.scene import HOLD, Scene, commit, eventually, running_scene, slow


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), MODAL) as scene:
        yield scene


@pytest.fixture
def modal(scene: Scene) -> Iterator[ModalSandboxes]:
    """The scene's Modal, healthy again after the test; no sandbox is left."""
    modal = scene.sandboxes
    assert isinstance(modal, ModalSandboxes)
    yield modal
    modal.service.heal()
    eventually(lambda: modal.service.stats()["running"] == 0, "the end of every sandbox")


@pytest.mark.further
def test_lost_answers_cut_streams_a_slow_create_and_expiring_tokens_are_not_seen_in_the_thread(
    scene: Scene, modal: ModalSandboxes
) -> None:
    before = modal.service.stats()["created"]
    modal.service.change(auth_seconds=10, router_seconds=1)
    modal.service.arm("delay", rpc="SandboxCreateV2", seconds=1)
    for rpc in ("SandboxCreateV2", "TaskExecStart", "TaskExecStdinWrite", "TaskSnapshotFilesystem", "SandboxTerminateV2"):
        modal.service.arm("lose_answer", rpc=rpc, times=2)
    modal.service.arm("drop_stream", rpc="TaskExecStdioRead", after_bytes=100, times=10)
    issue = scene.ask("Everything goes wrong a little", commit("little.txt"))
    assert_published(scene, issue)
    assert modal.service.stats()["created"] - before == 1
    assert modal.service.armed() == []


@pytest.mark.campaign
@pytest.mark.parametrize("seconds", ["2", slow("30")])
def test_an_outage_while_the_agent_works_is_not_seen_in_the_thread(scene: Scene, modal: ModalSandboxes, seconds: str) -> None:
    """By itself the SDK waits for some ten seconds until it gives a stream up."""
    issue = scene.ask("Modal is away", HOLD + commit("away.txt"))
    job = agent_at_work(scene, issue)
    scene.let_go(job)
    modal.service.arm("outage", seconds=float(seconds))
    assert_published(scene, issue)
    assert len(modal.kept(scene.snapshot_of(job), '"prompt"')) == 1, "the agent was asked once"


@pytest.mark.campaign
def test_modal_being_away_is_waited_for_when_a_sandbox_is_wanted(scene: Scene, modal: ModalSandboxes) -> None:
    modal.service.arm("refuse", rpc="SandboxCreateV2", times=5)  # once more than the SDK tries by itself
    issue = scene.ask("Modal was away", commit("was-away.txt"))
    job = assert_published(scene, issue)
    assert "could not be reached" in waits_of(scene, job)[0]


@pytest.mark.campaign
def test_a_clock_that_goes_wrong_in_mid_job_is_not_seen_in_the_thread(scene: Scene, modal: ModalSandboxes) -> None:
    issue = scene.ask("The clock is behind", HOLD + commit("clock.txt"))
    job = agent_at_work(scene, issue)
    modal.service.change(clock_ahead_seconds=700)
    scene.let_go(job)
    assert_published(scene, issue)


@pytest.mark.campaign
def test_a_full_account_is_waited_for(scene: Scene, modal: ModalSandboxes) -> None:
    modal.service.change(max_sandboxes=0)
    issue = scene.ask("No room", commit("room.txt"))
    job = scene.wait_for_job(issue)
    assert "quota" in eventually(lambda: waits_of(scene, job), "the wait for a sandbox")[0]
    modal.service.heal()
    assert_published(scene, issue)


@pytest.mark.further
@pytest.mark.parametrize("how", ["expired", slow("damaged")])
def test_without_its_snapshot_a_session_goes_on_from_the_base_and_says_so(
    scene: Scene, modal: ModalSandboxes, how: str
) -> None:
    issue = scene.ask(f"Its snapshot: {how}", commit("before.txt"))
    first = scene.wait_for_end(issue)
    lose = modal.service.forget_image if how == "expired" else modal.service.damage_image
    lose(scene.snapshot_of(first))
    scene.comment(issue, f"/harvest go on\n```sh\n{commit('after.txt')}```")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    assert scene.pull(pull["number"])["commits"] == 2, "nothing that was pushed is lost"
    (comment,) = scene.comments(issue)
    assert "in a fresh sandbox" in comment
    assert "snapshot was gone" in comment


@pytest.mark.campaign
def test_without_the_base_image_the_thread_says_how_to_build_it(scene: Scene, modal: ModalSandboxes) -> None:
    modal.service.forget_image(modal.base_image)
    issue = scene.ask("No image", commit("image.txt"))
    assert_failed(scene, issue, "`harvest image build`")
    modal.build_base_image()


@pytest.mark.campaign
def test_without_a_snapshot_at_the_end_the_sandbox_ends_all_the_same_and_what_it_leaves_is_kept(
    scene: Scene, modal: ModalSandboxes
) -> None:
    modal.service.arm("refuse", rpc="TaskSnapshotFilesystem", status="PERMISSION_DENIED", times=100)
    issue = scene.ask("No snapshot", commit("kept.txt"))
    job = assert_published(scene, issue)
    assert not modal.lives(job.session)
    assert modal.kept(scene.snapshot_of(job), '"prompt"') != [], "what the sandbox left when it ended"


@pytest.mark.campaign
def test_a_token_that_modal_takes_no_more_is_told_in_the_thread(scene: Scene, modal: ModalSandboxes) -> None:
    modal.service.arm("refuse", rpc="SandboxCreateV2", status="UNAUTHENTICATED", message="Token ID is malformed or unknown")
    issue = scene.ask("Wrong token", commit("token.txt"))
    assert_failed(scene, issue, "check MODAL_TOKEN_ID and MODAL_TOKEN_SECRET")


def agent_at_work(scene: Scene, issue: int) -> JobRow:
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "the agent at work")
    return job


def waits_of(scene: Scene, job: JobRow) -> list[str]:
    """Why the job had to wait for a sandbox, as the log tells it."""
    return [line["why"] for line in scene.harvest.log_lines("the step is tried again") if line["job"] == job.id]


def assert_published(scene: Scene, issue: int) -> JobRow:
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    assert scene.pull(pull["number"])["commits"] == 1
    (comment,) = scene.comments(issue)
    assert pull["html_url"] in comment
    return job


def assert_failed(scene: Scene, issue: int, sentence: str) -> None:
    job = scene.wait_for_end(issue)
    assert job.outcome == "failed", job.ending
    (comment,) = scene.comments(issue)
    assert sentence in comment
    assert "**What to do:**" in comment
    assert scene.pulls_of(issue) == []
