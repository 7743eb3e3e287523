"""Who may ask, how one stops it again, and in what order things are done: as people see it on GitHub."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, LABEL, Scene, commit, eventually, instructions
from tests.service.backends import on_both, on_both_in_the_campaign

NO = "takes write permission"


def test_a_readers_comment_is_refused_visibly_and_only_once(scene: Scene) -> None:
    """And costs GitHub one question: who comments on and on holds nobody up."""
    issue, began = scene.open_issue("A reader asks"), time.time()
    for text in ["/harvest", "/harvest please", "/harvest stop", *("/harvest again" for _ in range(10))]:
        scene.comment(issue, text, by=scene.github.reader)
    scene.comment(issue, "/harvest help")
    eventually(lambda: [one for one in scene.comments(issue) if "`/harvest stop`" in one], "the help, last of all")
    (comment,) = [one for one in scene.comments(issue) if one.split("-->")[-1].lstrip().startswith("Sorry")]
    assert NO in comment
    assert "`jonas-reed`" in comment, "named without a mention"
    asked = [one["path"] for one in scene.github.requests(began)["requests"] if "/collaborators/jonas-reed/" in one["path"]]
    assert len(asked) <= 1
    assert scene.harvest.jobs(issue) == []
    assert scene.reactions(issue) == []


def test_an_outsider_is_refused_visibly(scene: Scene) -> None:
    issue = scene.open_issue("An outsider asks", by=scene.github.outsider)
    scene.comment(issue, "/harvest do it", by=scene.github.outsider)
    (comment,) = eventually(lambda: scene.comments(issue), "the refusal")
    assert NO in comment
    assert scene.harvest.jobs(issue) == []


@pytest.mark.campaign
def test_a_label_set_by_a_template_lets_no_reader_in(scene: Scene) -> None:
    """GitHub sets a template's labels in the name of whoever opened the issue, whatever they may do."""
    issue = scene.open_issue("From a template", by=scene.github.reader)
    path = f"repos/{scene.github.repository}/issues/{issue}/labels"
    scene.github.control("POST", path, {"labels": [LABEL], "sender": scene.github.reader.login})
    (comment,) = eventually(lambda: scene.comments(issue), "the refusal")
    assert NO in comment
    assert scene.harvest.jobs(issue) == []


def test_a_bot_is_refused_in_silence(scene: Scene) -> None:
    issue = scene.open_issue("A bot asks")
    bot = scene.github.add_person("some-app[bot]", "Bot")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{bot.login}", {"role": "admin"})
    scene.comment(issue, "/harvest do it", by=bot)
    wait_for_notes(scene, "refused: the bot some-app[bot]", 1)
    assert scene.comments(issue) == []
    assert scene.harvest.jobs(issue) == []


def test_a_bot_that_may_ask_is_listened_to_once_an_hour_in_a_thread(scene: Scene) -> None:
    bot = scene.github.add_person("ci-of-others[bot]", "Bot")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{bot.login}", {"role": "write"})
    scene.harvest.env["HARVEST_ALLOWED_BOTS"] = str(bot.get("/user")["id"])
    scene.harvest.restart()
    issue = scene.open_issue("Two bots")
    scene.comment(issue, "/harvest status", by=bot)
    eventually(lambda: scene.comments(issue), "the first answer")
    again = scene.comment(issue, "/harvest fix the answer to my answer", by=bot)["id"]
    wait_for_notes(scene, "passed over: a bot was listened to here within the hour", 1)
    scene.comment(issue, "/harvest stop", by=bot)
    wait_for_notes(scene, "nothing was running or waiting", 1)
    assert len(scene.comments(issue)) == 1, "what stops something is done, and answered no more than the rest"
    assert scene.harvest.jobs(issue) == []
    reactions = scene.maintainer.get(f"{scene.repo}/issues/comments/{again}/reactions")
    assert [one["content"] for one in reactions] == ["confused"]
    scene.comment(issue, "/harvest status")
    eventually(lambda: len(scene.comments(issue)) == 2, "an answer to a person")
    elsewhere = scene.open_issue("Another thread")
    scene.comment(elsewhere, "/harvest status", by=bot)
    eventually(lambda: scene.comments(elsewhere), "the answer there")


@pytest.mark.campaign
def test_an_organization_as_sender_is_refused_in_silence(scene: Scene) -> None:
    issue = scene.open_issue("An organization asks")
    payload = payload_of(scene, "issues", "opened")
    payload |= {"action": "labeled", "label": {"name": LABEL}, "sender": payload["organization"] | {"type": "Organization"}}
    assert deliver(scene, "issues", payload).status_code == 202
    wait_for_notes(scene, "refused: tidewater-labs is of type Organization", 1)
    assert scene.comments(issue) == []
    assert scene.harvest.jobs(issue) == []


@pytest.mark.further
@on_both_in_the_campaign
def test_a_comment_stops_what_runs_and_says_who_did(scene: Scene) -> None:
    issue, job = at_work(scene, "Stopped by a comment")
    scene.comment(issue, "/harvest stop")
    assert_stopped(scene, issue, job, "mira-okafor stopped this job.")


@pytest.mark.campaign
@on_both_in_the_campaign
def test_a_reader_can_not_stop_anything(scene: Scene) -> None:
    issue, job = at_work(scene, "A reader tries to stop it")
    scene.comment(issue, "/harvest stop", by=scene.github.reader)
    eventually(lambda: [one for one in scene.comments(issue) if NO in one], "the refusal")
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


@pytest.mark.campaign
def test_an_author_without_write_permission_closes_the_issue_and_the_job_goes_on(scene: Scene) -> None:
    issue = scene.open_issue("Closed by its author", instructions(HOLD + commit("author.txt")), by=scene.github.outsider)
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    scene.github.outsider.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    eventually(lambda: any("so the work goes on" in said for said in scene.comments(issue)), "a word on that")
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
    eventually(lambda: [one for one in scene.comments(pull["number"]) if NO in one], "the refusal")
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
    assert "one job" in run["output"]["summary"]
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
    deliver(scene, "issues", payload, guid="label-that-is-gone")
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
    eventually(lambda: [one for one in scene.comments(pull["number"]) if "Tell me what to do" in one], "the question")
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"state": "closed"})
    scene.comment(pull["number"], "/harvest do more")
    eventually(lambda: [one for one in scene.comments(pull["number"]) if "This pull request is closed" in one], "the answer")

    def is_to_be_put_away() -> bool:
        return scene.harvest.query("SELECT closed_at FROM sessions WHERE thread = ?", issue) != [(None,)]

    eventually(is_to_be_put_away, "the session of the closed one")
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"state": "open"})
    eventually(lambda: not is_to_be_put_away(), "that it is kept again")


class TestWhatTheAppMayNotDo:
    """Each of these leaves the installation as it was."""

    @pytest.fixture
    def installation(self, scene: Scene) -> Iterator[str]:
        number = scene.github.as_app().get(f"/repos/{scene.github.repository}/installation")["id"]
        granted = scene.github.as_app().get(f"/app/installations/{number}")["permissions"]
        yield f"installations/{number}"
        scene.github.control("PATCH", f"installations/{number}", {"permissions": granted, "suspended": False})

    @pytest.mark.campaign
    def test_a_suspended_installation_ends_the_job_in_the_records(self, scene: Scene, installation: str) -> None:
        issue, job = at_work(scene, "Suspended")
        scene.github.control("PATCH", installation, {"suspended": True})
        scene.let_go(job)
        ended = scene.wait_for_end(issue)
        assert (ended.outcome, ended.ending["happened"]) == ("failed", "The App's installation is suspended.")

    @pytest.mark.campaign
    def test_an_uninstalled_app_ends_the_job_in_the_records(self, scene: Scene) -> None:
        issue, job = at_work(scene, "Uninstalled")
        installed = scene.github.as_app().get(f"/repos/{scene.github.repository}/installation")
        scene.github.control("DELETE", f"installations/{installed['id']}")
        scene.let_go(job)
        ended = scene.wait_for_end(issue)
        assert ended.outcome == "failed"
        assert ended.ending["happened"].startswith("The App is not installed here any more")
        scene.github.control("POST", "installations", {"account": installed["account"]["login"]})

    def test_a_missing_permission_is_named(self, scene: Scene, installation: str) -> None:
        scene.harvest.restart()  # tokens that it holds were made with the old permissions
        permissions = {"checks": "write", "contents": "read", "issues": "write", "pull_requests": "write", "metadata": "read"}
        scene.github.control("PATCH", installation, {"permissions": permissions})
        issue = scene.ask("No permission to write", commit("denied.txt"))
        ended = scene.wait_for_end(issue)
        said = " ".join(scene.comments(issue))
        assert ended.outcome == "failed"
        assert "`contents: write`" in said

    @pytest.mark.campaign
    def test_a_token_that_is_refused_is_replaced(self, scene: Scene) -> None:
        issue, job = at_work(scene, "Tokens expire")
        scene.github.control("POST", "tokens/expire")
        scene.let_go(job)
        assert scene.wait_for_end(issue).outcome == "succeeded"


@pytest.mark.campaign
@on_both_in_the_campaign
def test_a_repository_that_is_gone_ends_the_job_in_the_records(scene: Scene) -> None:
    repository = scene.github.add_repository("soon-gone", files={"README.md": "Here."}, roles={"mira-okafor": "admin"})
    path = f"/repos/{repository}"
    body = instructions(HOLD + commit("gone.txt"))
    issue = scene.maintainer.post(f"{path}/issues", {"title": "Gone", "body": body})["number"]
    known = {job.id for job in scene.harvest.jobs()}
    scene.maintainer.post(f"{path}/issues/{issue}/labels", {"labels": [LABEL]})

    def new(stage: str | None = None) -> list[JobRow]:
        return [job for job in scene.harvest.jobs() if job.id not in known and stage in (None, job.step)]

    (job,) = eventually(lambda: new("run_agent"), "the agent at work")
    scene.github.control("DELETE", f"repos/{repository}")
    scene.let_go(job)
    (ended,) = eventually(lambda: [one for one in new() if one.state == "ended"], "its end")
    assert ended.outcome == "failed"
    assert "not found" in ended.ending["happened"].lower()


def at_work(scene: Scene, title: str) -> tuple[int, JobRow]:
    """An issue whose agent works until it is let go."""
    issue = scene.ask(title, HOLD + commit("held.txt"))
    return issue, scene.wait_for_step(issue, "run_agent")


def assert_stopped(scene: Scene, issue: int, job: JobRow, sentence: str) -> None:
    assert scene.wait_for_end(issue).outcome == "stopped"
    (comment,) = scene.comments(issue)
    assert sentence in comment
    assert scene.pulls_of(issue) == []
    assert not scene.sandboxes.lives(job.session)


def check_run(scene: Scene, sha: str, job: JobRow) -> dict[str, Any]:
    """The job's check run on that commit; empty when there is none."""
    return next((run for run in scene.check_runs(sha) if run["external_id"] == job.id), {})


def wait_for_notes(scene: Scene, beginning: str, count: int) -> None:
    """Until so many deliveries were handled with such a note."""
    eventually(lambda: sum(note.startswith(beginning) for note in scene.handled()) >= count, f"{count} × {beginning!r}")


def wait_for_a_new_second(scene: Scene, issue: int) -> None:
    """GitHub's times are whole seconds; a label set again within one is the same request."""
    before = scene.maintainer.get(f"{scene.repo}/issues/{issue}")["updated_at"]

    eventually(lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") > before, "the next second")


def payload_of(scene: Scene, event: str, action: str) -> dict[str, Any]:
    """The payload of the latest such delivery, as GitHub's own page of deliveries shows it."""
    latest = eventually(lambda: scene.github.deliveries(event, action), f"a delivery of {event}.{action}")[-1]
    payload: dict[str, Any] = scene.github.as_app().get(f"/app/hook/deliveries/{latest['id']}")["request"]["payload"]
    return payload


def deliver(scene: Scene, event: str, payload: dict[str, Any], *, guid: str = "made-by-the-test-1") -> httpx.Response:
    """Send a delivery as GitHub does, signed with the App's secret."""
    body = json.dumps(payload).encode()
    secret = scene.harvest.env["GITHUB_WEBHOOK_SECRET"].encode()
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": guid,
        "x-hub-signature-256": f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}",
    }
    return httpx.post(scene.harvest.webhook_url, content=body, headers=headers, trust_env=False, timeout=30)
