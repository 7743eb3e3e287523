"""Where people can ask, and that the answer stands where they did: comments on lines, reviews, edits, labels, assignments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scene import BOT, LABEL, Scene, commit, eventually, instructions
from tests.service.deliveries import deliver, payload_of, wait_for_a_new_second, wait_for_notes
from tests.service.reviewing import on_line, open_pull, review


@pytest.fixture(scope="module")
def pull(scene_of_the_module: Scene) -> dict[str, Any]:
    """A pull request of a person's, with one file of many lines."""
    return open_pull(scene_of_the_module, "many-lines")


def comment_on_line(scene: Scene, pull: dict[str, Any], line: int, body: str) -> dict[str, Any]:
    said = {**on_line(pull, line, body), "commit_id": scene.pull(pull["number"])["head"]["sha"]}
    made: dict[str, Any] = scene.maintainer.post(f"{scene.repo}/pulls/{pull['number']}/comments", said)
    return made


def said_inline(scene: Scene, pull: dict[str, Any], thread: int) -> list[str]:
    """What Harvest said in the thread that begins with this comment."""
    listed = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/comments", per_page=100)
    return [one["body"] for one in listed if one["user"]["login"] == BOT and one.get("in_reply_to_id") == thread]


def test_a_question_on_a_line_is_answered_in_its_thread_and_the_agent_sees_the_line(
    scene: Scene, pull: dict[str, Any]
) -> None:
    before = len(scene.harvest.jobs(pull["number"]))
    asked = comment_on_line(scene, pull, 7, f"/harvest ask what is this?\n\n{instructions('true', 'A line.')}")
    job = scene.wait_for_end(pull["number"], number=before + 1)
    (answer,) = said_inline(scene, pull, asked["id"])
    assert "A line." in answer
    assert "> `mira-okafor` asked for `what is this? …`" in answer
    prompt = job.result_of("compose_prompt")["text"]
    assert "many-lines.txt, line 7" in prompt
    assert "+line 7" in prompt
    reactions = scene.maintainer.get(f"{scene.repo}/pulls/comments/{asked['id']}/reactions")
    assert [one["content"] for one in reactions] == ["eyes", "+1"]
    assert not [one for one in scene.comments(pull["number"]) if "A line." in one]

    reply = {"body": f"/harvest ask and why?\n\n{instructions('true', 'For a reason.')}"}
    scene.maintainer.post(f"{scene.repo}/pulls/{pull['number']}/comments/{asked['id']}/replies", reply)
    job = scene.wait_for_end(pull["number"], number=before + 2)
    assert "For a reason." in said_inline(scene, pull, asked["id"])[-1]
    assert "what is this?" in job.result_of("compose_prompt")["text"], "what the thread began with"


def test_a_slip_on_a_line_is_asked_back_there(scene: Scene, pull: dict[str, Any]) -> None:
    asked = comment_on_line(scene, pull, 8, "/harvest stpo")
    (answer,) = eventually(lambda: said_inline(scene, pull, asked["id"]), "the answer")
    assert "Did you mean `/harvest stop`?" in answer


def test_all_comments_of_one_review_are_one_ask(scene: Scene) -> None:
    pull = open_pull(scene, "reviewed")
    script = instructions(commit("reviewed.txt", "better"))
    review(
        scene,
        pull,
        "Nearly there.",
        on_line(pull, 1, "/harvest say it in capitals"),
        on_line(pull, 2, "I like this one."),
        on_line(pull, 3, f"/harvest drop it\n\n{script}"),
    )
    job = scene.wait_for_end(pull["number"])
    assert job.outcome == "succeeded"
    prompt = job.result_of("compose_prompt")["text"]
    for said in (
        "comment 1: say it in capitals",
        "comment 3: drop it",
        "Comment 2, on reviewed.txt, line 2:\n\nI like this one.",
        "Nearly there.",
    ):
        assert said in prompt
    wait_for_notes(scene, f"job {job.id} queued", 1)
    assert len(scene.harvest.jobs(pull["number"])) == 1
    listed = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/comments")
    (end,) = said_inline(scene, pull, next(one["id"] for one in listed if "capitals" in one["body"]))
    assert "@mira-okafor Done" in end
    assert scene.ends(pull["number"]) == [], "it is told where it was asked"


@pytest.mark.campaign
def test_a_review_that_asks_for_its_comments_to_be_worked_through_names_them(scene: Scene) -> None:
    pull = open_pull(scene, "worked-through")
    review(scene, pull, "/harvest", on_line(pull, 1, f"Too long.\n\n{instructions(commit('worked-through.txt', 'shorter'))}"))
    job = scene.wait_for_end(pull["number"])
    assert job.outcome == "succeeded"
    assert "work through the comments of this review" in job.result_of("compose_prompt")["text"]


@pytest.mark.campaign
def test_a_review_of_two_hundred_comments_is_one_job_and_a_larger_one_is_asked_for_in_parts(scene: Scene) -> None:
    pull = open_pull(scene, "two-hundred")
    many = [on_line(pull, number, f"Comment {number}.") for number in range(1, 201)]
    review(scene, pull, f"/harvest ask what do they have in common?\n\n{instructions('true', 'All are short.')}", *many)
    job = scene.wait_for_end(pull["number"])
    assert "Comment 100." in job.result_of("compose_prompt")["text"]
    assert len(scene.harvest.jobs(pull["number"])) == 1
    review(scene, pull, "/harvest fix all", *many, on_line(pull, 201, "One more."))
    assert "Nothing was started." in scene.wait_for_comment(pull["number"], "more than 200 comments")
    assert len(scene.harvest.jobs(pull["number"])) == 1


@pytest.mark.further
def test_a_comment_that_becomes_a_command_within_a_minute_counts_once_and_a_later_edit_is_told_of_once(scene: Scene) -> None:
    issue = scene.open_issue("Edited", instructions(commit("edited.txt")))
    written = scene.comment(issue, "Hm, please do it.")
    path = f"{scene.repo}/issues/comments/{written['id']}"
    scene.maintainer.patch(path, {"body": "/harvest do it"})
    assert scene.wait_for_end(issue).outcome == "succeeded"
    for text in ("/harvest do it twice", "/harvest do it thrice", "Never mind."):
        scene.maintainer.patch(path, {"body": text})
    scene.comment(issue, "/harvest status")
    scene.wait_for_comment(issue, "**Last:**")
    assert len([one for one in scene.comments(issue) if "Nothing was done by that" in one]) == 1
    assert len(scene.harvest.jobs(issue)) == 1

    late = payload_of(scene, "issue_comment", "edited")
    comment = {**late["comment"], "id": 987654, "body": "/harvest do it", "created_at": "2020-01-01T00:00:00Z"}
    deliver(scene, "issue_comment", {**late, "comment": comment, "changes": {"body": {"from": "nothing"}}}, guid="late-edit")
    eventually(lambda: len([one for one in scene.comments(issue) if "Nothing was done by that" in one]) == 2, "a word on it")
    assert len(scene.harvest.jobs(issue)) == 1


@pytest.mark.further
def test_a_review_that_is_edited_into_a_command_is_told_of_once_and_starts_nothing(scene: Scene) -> None:
    pull = open_pull(scene, "edited-review")
    written = review(scene, pull, "Looks good.")
    path = f"{scene.repo}/pulls/{pull['number']}/reviews/{written['id']}"
    for text in ("Looks very good.", "/harvest make it blue", "/harvest make it red"):
        scene.maintainer.put(path, {"body": text})
    scene.comment(pull["number"], "/harvest status")
    scene.wait_for_comment(pull["number"], "Nothing is running")
    told, _ = scene.comments(pull["number"])
    assert "a review counts as it was submitted" in told
    assert scene.harvest.jobs(pull["number"]) == []


@pytest.mark.campaign
def test_a_slip_that_is_mended_within_a_minute_counts(scene: Scene) -> None:
    issue = scene.open_issue("Mended")
    written = scene.comment(issue, "/harvset status")
    scene.wait_for_comment(issue, "Did you mean")
    scene.maintainer.patch(f"{scene.repo}/issues/comments/{written['id']}", {"body": "/harvest status"})
    scene.wait_for_comment(issue, "Nothing is running")


def test_what_harvest_itself_and_other_bots_write_says_nothing(scene: Scene, pull: dict[str, Any]) -> None:
    issue = scene.open_issue("Bots talk")
    own = scene.github.as_installation()
    scene.comment(issue, "/harvest do it", by=own)
    own.post(f"{scene.repo}/issues/{issue}/labels", {"labels": [LABEL]})
    scene.comment(issue, "/harvest status")
    scene.wait_for_comment(issue, "Nothing is running")
    assert len(scene.comments(issue)) == 2, "its own words, and the status"
    assert scene.harvest.jobs(issue) == []


@pytest.mark.campaign
def test_ten_labels_at_once_are_one_ask(scene: Scene) -> None:
    issue = scene.open_issue("Ten labels", instructions(commit("ten.txt")))
    labels = [LABEL, *(f"{LABEL}:unknown-{number}" for number in range(8)), "bug"]
    scene.maintainer.post(f"{scene.repo}/issues/{issue}/labels", {"labels": labels})
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert len(scene.harvest.jobs(issue)) == 1


def test_the_label_on_a_pull_request_asks_what_to_do_there(scene: Scene, pull: dict[str, Any]) -> None:
    scene.label(pull["number"])
    said = "Tell me what to do with this pull request"
    scene.wait_for_comment(pull["number"], said)


@pytest.mark.further
def test_assigning_the_apps_own_account_is_an_ask_and_taking_it_away_withdraws(scene: Scene) -> None:
    issue = scene.open_issue("Assigned", instructions(commit("assigned.txt")))
    scene.label(issue)
    payload = payload_of(scene, "issues", "labeled")
    scene.wait_for_end(issue)
    bot = {"id": 1, "login": BOT, "type": "Bot"}
    wait_for_a_new_second(scene, issue)
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"title": "Assigned as well"})
    payload["issue"] |= {"updated_at": scene.maintainer.get(f"{scene.repo}/issues/{issue}")["updated_at"]}
    deliver(scene, "issues", {**payload, "action": "assigned", "assignee": bot}, guid="assigned-to-the-app")
    wait_for_notes(scene, "not queued: it was assigned to somebody else since", 1)
    other = {"id": 2, "login": "somebody", "type": "User"}
    ignored = deliver(scene, "issues", {**payload, "action": "assigned", "assignee": other}, guid="assigned-to-another")
    assert ignored.json() == {"status": "ignored", "reason": "it is somebody else's"}
    deliver(scene, "issues", {**payload, "action": "unassigned", "assignee": bot}, guid="assigned-no-more")
    wait_for_notes(scene, "0 waiting job(s) withdrawn", 1)


@pytest.mark.campaign
def test_a_request_that_is_read_after_its_issue_was_closed_is_told_so(scene: Scene) -> None:
    issue = scene.open_issue("Closed meanwhile")
    scene.github.delivery_fault("unreached", event="issue_comment", action="created")
    scene.comment(issue, "/harvest do it")
    wait_for_a_new_second(scene, issue)
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    late = scene.github.deliveries("issue_comment", "created")[-1]
    scene.github.as_app().post(f"/app/hook/deliveries/{late['id']}/attempts")
    (said,) = eventually(lambda: scene.comments(issue), "the answer")
    assert "This was closed before the request was read." in said
    assert scene.harvest.jobs(issue) == []


def test_in_a_locked_conversation_nothing_is_begun(scene: Scene) -> None:
    issue = scene.open_issue("Locked", instructions(commit("locked.txt")))
    scene.maintainer.put(f"{scene.repo}/issues/{issue}/lock")
    scene.comment(issue, "/harvest do it")
    wait_for_notes(scene, "not queued: the conversation is locked", 1)
    assert scene.harvest.jobs(issue) == []
    assert scene.comments(issue) == []
