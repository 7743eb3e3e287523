"""What the verbs do, as people see it on GitHub: a question, the status, the help, and a verb that was misspelt."""

from __future__ import annotations

import re

import pytest

from tests.scene import BOT, HOLD, Scene, commit, eventually, instructions


@pytest.mark.further
def test_a_misspelt_verb_is_asked_back_and_costs_nothing(scene: Scene) -> None:
    meant = {"stpo": "stop", "staus": "status", "hlep": "help", "stop and kepe": "stop and keep", "aks why?": "ask why?"}
    issue = scene.open_issue("Slips of the finger", instructions(commit("never.txt")))
    for written in meant:
        scene.comment(issue, f"/harvest {written}")
    eventually(lambda: len(scene.comments(issue)) == len(meant), "all answers")
    comments = scene.comments(issue)
    for verb in meant.values():
        assert sum(f"Did you mean `/harvest {verb}`?" in comment for comment in comments) == 1
    assert scene.harvest.jobs(issue) == []
    scene.comment(issue, "/harvest stop logging the password\n" + instructions(commit("done.txt")))
    assert scene.wait_for_end(issue).outcome == "succeeded", "an ordinary prompt is done"


def test_a_question_is_answered_by_a_comment_of_its_own_and_nothing_is_pushed(scene: Scene) -> None:
    issue = scene.open_issue("Which unit is it?")
    question = f"/harvest ask which unit is it?\n\n{instructions(commit('stray.txt'), 'It is **seconds**, says @nobody.')}"
    asked = scene.comment(issue, question)["id"]
    job = scene.wait_for_end(issue)
    written = scene.maintainer.get(f"{scene.repo}/issues/{issue}/comments")
    (listed,) = [one for one in written if one["user"]["login"] == BOT and "**seconds**" in one["body"]]
    assert listed["created_at"] == listed["updated_at"], "nobody is told of an edit"
    assert "> `mira-okafor` asked for `which unit is it? …`" in listed["body"]
    assert "@nobody" not in listed["body"], "nobody else is"
    (own,) = [comment for comment in scene.comments(issue) if comment != listed["body"]]
    assert f"### 🌾 Answered: [the answer]({listed['html_url']})" in own
    assert "**seconds**" not in own
    assert "No change was needed" not in own
    assert job.outcome == "succeeded"
    assert scene.harvest.query("SELECT recipe FROM jobs WHERE id = ?", job.id) == [("answer/1",)]
    assert scene.pulls_of(issue) == []
    assert not [ref for ref in scene.maintainer.get(f"{scene.repo}/branches") if ref["name"].startswith(f"harvest/{issue}-")]
    reactions = scene.maintainer.get(f"{scene.repo}/issues/comments/{asked}/reactions")
    assert [one["content"] for one in reactions] == ["eyes", "+1"]

    scene.comment(issue, f"/harvest and now do it\n\n{instructions(commit('wanted.txt'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert files == ["wanted.txt"], "what was committed for an answer is not published with the next job"


@pytest.mark.campaign
def test_a_question_between_does_not_lose_half_done_work(scene: Scene) -> None:
    issue = scene.ask("Half done, then a question", f"{commit('half.txt')}touch ~/done\n{HOLD}")
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has(job.session, "done"), "half of the work")
    scene.comment(issue, "/harvest stop")
    assert scene.wait_for_end(issue).outcome == "stopped"
    scene.comment(issue, f"/harvest ask how far did it come?\n\n{instructions('true', 'Half way.')}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    scene.comment(issue, f"/harvest go on\n\n{instructions(commit('rest.txt'))}")
    assert scene.wait_for_end(issue, number=3).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert sorted(files) == ["half.txt", "rest.txt"]


@pytest.mark.campaign
def test_a_question_on_a_pull_request_is_answered_there_whoever_runs_the_session(scene: Scene) -> None:
    issue = scene.ask("A pull request to ask about", commit("asked.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], "/harvest ask")
    scene.wait_for_comment(pull["number"], "what you want to know")
    question = f"/harvest ask is it tested?\n\n{instructions('true', 'Not yet.')}"
    scene.comment(pull["number"], question)
    scene.wait_for_end(pull["number"])
    assert [one for one in scene.comments(pull["number"]) if "Not yet." in one]
    (run,) = [run for run in scene.check_runs(pull["head"]["sha"]) if run["output"]["title"] == "Answered"]
    assert run["conclusion"] == "neutral"
    assert scene.pull(pull["number"])["head"]["sha"] == pull["head"]["sha"]


@pytest.mark.further
def test_the_status_tells_what_runs_what_waits_and_what_was_last(scene: Scene) -> None:
    def answer_to(text: str, issue: int) -> str:
        before = len(scene.comments(issue))
        scene.comment(issue, text)
        return eventually(lambda: scene.comments(issue)[before:], "the status")[0]

    issue = scene.open_issue("How is it going?", instructions(HOLD + commit("going.txt")))
    assert "Nothing is running or waiting here." in answer_to("/harvest status", issue)
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    scene.comment(issue, f"/harvest and more\n\n{instructions(commit('more.txt'))}")
    scene.wait_for_job(issue, number=2)
    status = answer_to("/harvest status", issue)
    assert re.search(
        r"\*\*Working on it:\*\* `mira-okafor` asked for what this issue says · the agent is at work · \d+ s", status
    )
    assert "One more request waits here." in status
    scene.let_go(job)
    scene.wait_for_end(issue, number=2)
    status = answer_to("/harvest status?", issue)
    assert "Nothing is running or waiting here." in status
    assert re.search(r"\*\*Last:\*\* Done · `mira-okafor` asked for `and more …` · \d+ s ago", status)
    assert len(scene.harvest.jobs(issue)) == 2


def test_the_help_names_what_can_be_said_in_its_place(scene: Scene) -> None:
    issue = scene.open_issue("What can I say?")
    scene.comment(issue, "/harvest help")
    (help_,) = eventually(lambda: scene.comments(issue), "the help")
    verbs = (
        "",
        " …",
        " ask …",
        " plan",
        " plan …",
        " approve",
        " status",
        " stop",
        " stop and keep",
        " queue drop …",
        " undo",
    )
    for written in (*verbs, " steer …", " help"):
        assert f"| `/harvest{written}` |" in help_
    assert "| `--model NAME` | uses this model | " in help_
    assert "`harvest` the same as `/harvest`, `harvest:plan` the same as `/harvest plan`, `harvest:review` the same" in help_
    assert "fix-ci" not in help_, "that is for pull requests"
    assert "withdraw`" not in help_, "that is said by an event"
