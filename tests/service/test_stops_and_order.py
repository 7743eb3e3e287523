"""How people stop what was asked for, and in what order things are done: as they see it on GitHub."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, LABEL, Scene, commit, eventually, instructions
from tests.service.at_work import at_work, check_run
from tests.service.backends import on_both, on_both_in_the_campaign
from tests.service.deliveries import deliver, payload_of, wait_for_a_new_second, wait_for_notes

NO = "takes write permission"


@pytest.mark.further
@on_both_in_the_campaign
def test_a_comment_stops_what_runs_and_says_who_did(scene: Scene) -> None:
    issue, job = at_work(scene, "Stopped by a comment")
    scene.comment(issue, "/harvest stop")
    assert_stopped(scene, issue, job, "mira-okafor stopped this job.")


@pytest.mark.further
@on_both_in_the_campaign
def test_an_agent_hears_nothing_of_a_job_that_was_stopped_before_anybody_could_be_told_that_it_begins(scene: Scene) -> None:
    scene.github.fault("status", method="POST", path="/repos/*/issues/*/comments", status=503, count=1000)
    issue = scene.ask("Stopped before anybody saw that it begins", HOLD + commit("never.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    asked = "SELECT 1 FROM jobs WHERE id = ? AND stop_by IS NOT NULL"
    eventually(lambda: scene.harvest.query(asked, job.id), "the request to stop")
    scene.clear_faults()

    assert_stopped(scene, issue, job, "closed this, which stopped the job")
    assert scene.wait_for_end(issue).results_of("run_agent") == [], "nothing was seen of an agent"


@pytest.mark.campaign
@on_both_in_the_campaign
def test_a_reader_can_not_stop_anything(scene: Scene) -> None:
    issue, job = at_work(scene, "A reader tries to stop it")
    scene.comment(issue, "/harvest stop", by=scene.github.reader)
    scene.wait_for_comment(issue, NO)
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "succeeded"


def test_stop_with_nothing_to_stop_says_so(scene: Scene) -> None:
    issue = scene.open_issue("Nothing runs here")
    scene.comment(issue, "/harvest stop")
    (comment,) = eventually(lambda: scene.comments(issue), "the answer")
    assert "Nothing is running or waiting here." in comment


@pytest.mark.campaign
@on_both_in_the_campaign
def test_closing_the_issue_stops_the_job(scene: Scene) -> None:
    issue, job = at_work(scene, "Closed while it runs")
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    assert_stopped(scene, issue, job, "closed this, which stopped the job")


@pytest.mark.further
def test_an_author_without_write_permission_closes_the_issue_again_and_again_and_the_job_goes_on(scene: Scene) -> None:
    issue = scene.open_issue("Closed by its author", instructions(HOLD + commit("author.txt")), by=scene.github.outsider)
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    scene.github.outsider.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    eventually(lambda: any("so the work goes on" in said for said in scene.comments(issue)), "a word on that")
    for state in ("open", "closed"):  # as often as they like
        wait_for_a_new_second(scene, issue)
        scene.github.outsider.patch(f"{scene.repo}/issues/{issue}", {"state": state})
    wait_for_notes(scene, "goes on though closed", 2)
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert sum("so the work goes on" in said for said in scene.comments(issue)) == 1


@on_both_in_the_campaign
def test_the_check_runs_buttons_stop_a_job_and_run_it_again(scene: Scene) -> None:
    issue = scene.ask("Buttons", commit("buttons.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], f"/harvest wait\n\n{instructions(HOLD + commit('more.txt'))}")
    job = scene.wait_for_step(pull["number"], "run_agent")
    run = check_run(scene, pull["head"]["sha"], job)
    scene.github.press(run["id"], "stop", scene.github.maintainer)
    assert scene.wait_for_end(pull["number"]).outcome == "stopped"
    assert check_run(scene, pull["head"]["sha"], job)["conclusion"] == "cancelled"

    scene.github.press(run["id"], "retry", scene.github.add_person("presses-a-button"))
    scene.wait_for_comment(pull["number"], NO)
    scene.github.press(run["id"], "retry", scene.github.maintainer)
    again = scene.wait_for_step(pull["number"], "run_agent", number=2)
    scene.let_go(again)
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded"
    assert scene.pull(pull["number"])["head"]["sha"] != pull["head"]["sha"]


@pytest.mark.further
@on_both_in_the_campaign
def test_taking_the_label_off_withdraws_what_has_not_started(scene: Scene) -> None:
    issue, job = at_work(scene, "Labelled again and withdrawn")
    scene.unlabel(issue)
    wait_for_notes(scene, "0 waiting job(s) withdrawn", 1)
    wait_for_a_new_second(scene, issue)
    scene.label(issue)
    scene.wait_for_job(issue, number=2)
    scene.unlabel(issue)
    wait_for_notes(scene, "1 waiting job(s) withdrawn", 1)
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "succeeded", "what runs goes on"
    assert scene.wait_for_end(issue, number=2).outcome == "withdrawn"
    (comment,) = scene.comments(issue)
    assert "took the label off before the work began" in comment


@on_both
@pytest.mark.campaign
def test_two_jobs_of_a_session_are_done_in_order_and_the_second_says_that_it_waits(scene: Scene) -> None:
    issue = scene.ask("First", commit("first.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], f"/harvest second\n\n{instructions(HOLD + commit('second.txt'))}")
    running = scene.wait_for_step(pull["number"], "run_agent")
    scene.comment(pull["number"], f"/harvest third\n\n{instructions(commit('third.txt'))}")
    waiting = scene.wait_for_job(pull["number"], number=2)
    run = eventually(lambda: check_run(scene, pull["head"]["sha"], waiting), "the check run of the one that waits")
    assert (run["status"], run["output"]["title"]) == ("queued", "Queued")
    assert "one request comes first" in run["output"]["summary"]
    scene.let_go(running)
    assert scene.wait_for_end(pull["number"]).outcome == "succeeded"
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded"
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert sorted(files) == ["first.txt", "second.txt", "third.txt"]
    assert len(scene.comments(issue)) == 1


@pytest.mark.campaign
@on_both_in_the_campaign
def test_two_labels_in_one_second_start_one_job(scene: Scene) -> None:
    issue = scene.open_issue("Two labels", instructions(commit("two.txt")))
    scene.maintainer.post(f"{scene.repo}/issues/{issue}/labels", {"labels": ["bug", LABEL]})
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert len(scene.harvest.jobs(issue)) == 1
    assert len(scene.pulls_of(issue)) == 1


@pytest.mark.further
def test_the_same_delivery_ten_times_at_once_is_one_job(scene: Scene) -> None:
    issue = scene.open_issue("Ten times", instructions(commit("ten.txt")))
    scene.github.point_hook_at("http://127.0.0.1:9/webhooks/github")
    scene.label(issue)
    payload = payload_of(scene, "issues", "labeled")
    scene.github.point_hook_at(scene.harvest.webhook_url)
    assert payload["issue"]["number"] == issue
    with ThreadPoolExecutor(10) as people:
        answers = list(people.map(lambda _: deliver(scene, "issues", payload, guid="ten-times-the-same"), range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert sorted(answer.json()["reason"] for answer in answers).count("stored") == 1
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert len(scene.harvest.jobs(issue)) == 1
    assert len(scene.pulls_of(issue)) == 1


@pytest.mark.campaign
def test_a_label_that_arrives_after_the_close_is_not_worked_on(scene: Scene) -> None:
    """As when Harvest was down for both, and GitHub sends them again in another order."""
    issue = scene.open_issue("Labelled, closed, told of late", instructions(commit("late.txt")))
    eventually(lambda: payload_of(scene, "issues", "opened")["issue"]["number"] == issue, "its delivery")
    payload = payload_of(scene, "issues", "opened") | {"action": "labeled", "label": {"name": LABEL}}
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    deliver(scene, "issues", payload, guid="label-after-the-close")
    wait_for_notes(scene, "not queued: the thread was closed since", 1)
    assert scene.harvest.jobs(issue) == []


@pytest.mark.campaign
def test_a_label_that_was_taken_off_since_is_not_worked_on(scene: Scene) -> None:
    issue = scene.open_issue("Labelled, unlabelled, told of late", instructions(commit("late.txt")))
    eventually(lambda: payload_of(scene, "issues", "opened")["issue"]["number"] == issue, "its delivery")
    payload = payload_of(scene, "issues", "opened") | {"action": "labeled", "label": {"name": LABEL}}
    an_hour_ago = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    deliver(scene, "issues", payload | {"issue": payload["issue"] | {"updated_at": an_hour_ago}}, guid="label-that-is-gone")
    wait_for_notes(scene, "not queued: the label was taken off since", 1)
    assert scene.harvest.jobs(issue) == []


@pytest.mark.campaign
def test_a_label_taken_off_before_it_was_put_on_again_withdraws_nothing(scene: Scene) -> None:
    first = scene.ask("In the way", HOLD)
    held = scene.wait_for_step(first, "run_agent")
    issue = scene.open_issue("Unlabelled, labelled, told of in another order", instructions(commit("wanted.txt")))
    payload = payload_of(scene, "issues", "opened") | {"action": "unlabeled", "label": {"name": LABEL}}
    wait_for_a_new_second(scene, issue)
    scene.label(issue)
    scene.wait_for_job(issue)
    deliver(scene, "issues", payload, guid="unlabelled-before-that")
    wait_for_notes(scene, "0 waiting job(s) withdrawn", 1)
    scene.let_go(held)
    assert scene.wait_for_end(issue).outcome == "succeeded"


@pytest.mark.campaign
def test_a_close_and_a_stop_told_of_late_do_not_stop_what_was_asked_for_after_them(scene: Scene) -> None:
    issue = scene.open_issue("Stopped, closed, opened and asked for again", instructions(HOLD + commit("anew.txt")))
    for event, action in [("issues", "closed"), ("issue_comment", "created")]:
        scene.github.delivery_fault("unreached", event=event, action=action)
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "open"})
    scene.comment(issue, "/harvest stop")
    wait_for_a_new_second(scene, issue)
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    for event, action in [("issues", "closed"), ("issue_comment", "created")]:
        late = scene.github.deliveries(event, action)[-1]
        scene.github.as_app().post(f"/app/hook/deliveries/{late['id']}/attempts")
    wait_for_notes(scene, "goes on: it was asked for later", 2)
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "succeeded"


@pytest.mark.campaign
def test_a_stop_overtakes_a_busy_line(scene: Scene) -> None:
    issue, job = at_work(scene, "Stopped while many wait")
    crowded = scene.open_issue("Many wait here")
    # Harvest looks there before it answers; people only write.
    scene.github.fault("delay", method="GET", path=f"{scene.repo}/issues/{crowded}/*", count=1_000, delay_seconds=2.0)
    for _ in range(20):
        scene.comment(crowded, "/harvest help")
    scene.comment(issue, "/harvest stop")
    stop = "SELECT handled_at FROM inbox WHERE thread = ? AND event = 'issue_comment' AND handled_at IS NOT NULL"
    ((handled_at,),) = eventually(lambda: scene.harvest.query(stop, issue), "the stop handled")
    scene.clear_faults()
    assert_stopped(scene, issue, job, "mira-okafor stopped this job.")
    eventually(lambda: sum("`/harvest stop`" in said for said in scene.comments(crowded)) == 20, "the others answered as well")
    ((after,),) = scene.harvest.query("SELECT COUNT(*) FROM inbox WHERE thread = ? AND handled_at > ?", crowded, handled_at)
    assert after > 10, "most of what came before it was handled after it"


@pytest.mark.campaign
def test_an_empty_request_on_a_pull_request_and_one_on_a_closed_one_get_an_answer(scene: Scene) -> None:
    issue = scene.ask("To be closed", commit("closed.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], "/harvest")
    scene.wait_for_comment(pull["number"], "Tell me what to do")
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"state": "closed"})
    scene.comment(pull["number"], "/harvest do more")
    scene.wait_for_comment(pull["number"], "This pull request is closed")

    def is_to_be_put_away() -> bool:
        return scene.harvest.query("SELECT closed_at FROM sessions WHERE thread = ?", issue) != [(None,)]

    eventually(is_to_be_put_away, "the session of the closed one")
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"state": "open"})
    eventually(lambda: not is_to_be_put_away(), "that it is kept again")


def assert_stopped(scene: Scene, issue: int, job: JobRow, sentence: str) -> None:
    assert scene.wait_for_end(issue).outcome == "stopped"
    (comment,) = scene.comments(issue)
    assert sentence in comment
    assert scene.pulls_of(issue) == []
    assert not scene.sandboxes.lives(job.session)
