"""Who may ask, and what the App itself may do: as people see it on GitHub."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, LABEL, Scene, commit, eventually, instructions
from tests.service.at_work import at_work
from tests.service.backends import on_both_in_the_campaign
from tests.service.deliveries import deliver, payload_of, wait_for_notes

NO = "takes write permission"


def test_a_readers_comment_is_refused_visibly_and_only_once(scene: Scene) -> None:
    """And costs GitHub one question: who comments on and on holds nobody up."""
    issue, began = scene.open_issue("A reader asks"), time.time()
    for text in ["/harvest", "/harvest please", "/harvest stop", *("/harvest again" for _ in range(10))]:
        scene.comment(issue, text, by=scene.github.reader)
    scene.comment(issue, "/harvest help")
    scene.wait_for_comment(issue, "`/harvest stop`")
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
