"""How people see and control what runs and waits: queue, drop, stop, retry, cost."""

from __future__ import annotations

import re

import pytest

from tests.scene import HOLD, Scene, commit, eventually, instructions


def answer_to(scene: Scene, thread: int, text: str) -> str:
    """What Harvest answers to this comment."""
    before = len(scene.comments(thread))
    scene.comment(thread, text)
    return eventually(lambda: scene.comments(thread)[before:], f"the answer to {text}")[0].partition("-->\n")[2]


@pytest.mark.further
def test_the_queue_is_listed_in_order_and_one_is_taken_out_of_it(scene: Scene) -> None:
    issue = scene.open_issue("A queue", instructions(HOLD + commit("first.txt")))
    assert answer_to(scene, issue, "/harvest queue") == "Nothing is running or waiting here."
    assert answer_to(scene, issue, "/harvest queue drop 1") == (
        "Nothing waits here: nothing was taken out. `/harvest queue` lists what waits."
    )
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    for name in ("second", "third", "fourth"):
        scene.comment(issue, f"/harvest the {name}\n\n{instructions(commit(f'{name}.txt'))}")
    scene.wait_for_job(issue, number=4)
    listed = answer_to(scene, issue, "/harvest queue")
    assert re.match(
        r"\*\*Working on it:\*\* `mira-okafor` asked for what this issue says · the agent is at work · \d+ s\n", listed
    )
    assert [line for line in listed.splitlines() if re.match(r"\d", line)] == [
        f"{at}. `mira-okafor` asked for `the {name} …`" for at, name in enumerate(("second", "third", "fourth"), 1)
    ]
    gone = answer_to(scene, issue, "/harvest queue drop 2")
    assert gone == "Taken out of the queue: `mira-okafor` asked for `the third …`."
    assert "The queue has the numbers 1 to" in answer_to(scene, issue, "/harvest queue drop everything")
    assert "the third" not in answer_to(scene, issue, "/harvest queue")
    scene.let_go(job)
    assert scene.wait_for_end(issue, number=4).outcome == "succeeded"
    assert scene.wait_for_end(issue, number=3).outcome == "withdrawn"
    (pull,) = scene.pulls_of(issue)
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert sorted(files) == ["first.txt", "fourth.txt", "second.txt"]


@pytest.mark.campaign
def test_the_last_request_is_done_once_more_with_another_model(scene: Scene) -> None:
    issue = scene.open_issue("Once more")
    assert "there is nothing to do once more" in answer_to(scene, issue, "/harvest retry")
    scene.comment(issue, f"/harvest ask --budget 1 what is it?\n\n{instructions('true', 'It is that.')}")
    scene.wait_for_end(issue)
    scene.comment(issue, "/harvest retry --model haiku")
    again = scene.wait_for_end(issue, number=2)
    assert again.report["model"] == "claude-haiku-of-the-tests"
    assert sum("It is that." in said for said in scene.comments(issue)) == 2
    assert scene.harvest.query("SELECT limit_microdollars FROM job_accounts WHERE account = ?", f"job/{again.id}") == [
        (1_000_000,)
    ]


@pytest.mark.campaign
def test_retry_waits_for_what_is_still_at_work(scene: Scene) -> None:
    issue = scene.ask("At work", HOLD + commit("at-work.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    assert "has not ended yet" in answer_to(scene, issue, "/harvest retry")
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert len(scene.harvest.jobs(issue)) == 1


@pytest.mark.further
def test_everything_of_the_repository_is_stopped_and_who_asked_elsewhere_is_told(scene: Scene) -> None:
    other = scene.github.add_person("asks-elsewhere")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{other.login}", {"role": "write"})
    mine = scene.ask("Mine", HOLD)
    theirs = scene.open_issue("Theirs", instructions(HOLD), by=other)
    scene.label(theirs, by=other)
    for issue in (mine, theirs):
        scene.wait_for_step(issue, "run_agent")
    said = answer_to(scene, mine, "/harvest stop --all")
    assert said == f"What runs and waits in this repository was asked to stop: #{mine}, #{theirs}."
    assert [scene.wait_for_end(issue).outcome for issue in (mine, theirs)] == ["stopped", "stopped"]
    assert scene.ends(mine) == [], "nobody is told of what they stopped themselves"
    (end,) = scene.ends(theirs)
    assert "@asks-elsewhere Stopped." in end
    assert "mira-okafor stopped this job." in end
    assert answer_to(scene, mine, "/harvest stop --all") == "Nothing is running or waiting in this repository."


@pytest.mark.further
def test_everything_has_in_it_what_somebody_said_a_moment_before(scene: Scene) -> None:
    asked, elsewhere = scene.open_issue("Said before", instructions(commit("before.txt"))), scene.open_issue("Elsewhere")
    scene.github.fault("delay", method="GET", path="/repos/*/collaborators/*/permission", delay_seconds=5)
    scene.comment(asked, "/harvest")
    in_hand = "SELECT 1 FROM inbox WHERE holder IS NOT NULL AND thread = ?"
    eventually(lambda: scene.harvest.query(in_hand, asked), "that in hand")
    said = answer_to(scene, elsewhere, "/harvest stop --all")
    assert said == f"What runs and waits in this repository was asked to stop: #{asked}."
    assert scene.wait_for_end(asked).outcome == "stopped"


@pytest.mark.further
def test_a_stop_on_the_pull_request_counts_for_what_was_said_on_the_issue(scene: Scene) -> None:
    issue = scene.ask("Said there", commit("there.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.github.fault("status", method="GET", path="/repos/*/collaborators/*/permission", status=503, count=3)
    scene.comment(issue, f"/harvest more\n\n{instructions(commit('more.txt'))}")
    waits = "SELECT 1 FROM inbox WHERE thread = ? AND handled_at IS NULL AND holder IS NULL AND error IS NOT NULL"
    eventually(lambda: scene.harvest.query(waits, issue), "that waiting for another try")
    scene.comment(pull["number"], "/harvest stop")
    said = "SELECT note FROM inbox WHERE thread = ? AND note LIKE '%withdrawn'"
    eventually(lambda: scene.harvest.query(said, pull["number"]), "that withdrawn")
    assert len(scene.harvest.jobs(issue)) == 1


@pytest.mark.campaign
def test_a_stop_during_publishing_is_told_that_it_is_too_late(scene: Scene) -> None:
    issue = scene.open_issue("Stopped too late", instructions(commit("late.txt")))
    scene.github.fault("delay", method="POST", path="/repos/*/pulls", delay_seconds=5)
    scene.label(issue)
    scene.wait_for_step(issue, "show_pull_request")
    assert answer_to(scene, issue, "/harvest stop").startswith("It is too late to stop it")
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert len(scene.pulls_of(issue)) == 1


@pytest.mark.campaign
def test_the_cost_tells_money_tokens_and_time_of_the_session_and_the_repository(scene: Scene) -> None:
    issue = scene.ask("What does it cost?", commit("cost.txt"))
    scene.wait_for_end(issue)
    rows = [
        line.strip("|").split("|") for line in answer_to(scene, issue, "/harvest cost").splitlines() if line.startswith("| ")
    ]
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows[2:]}
    assert list(cells) == ["here", "this repository, this month", "this repository, in all"]
    assert cells["here"][:4] == ["1", "$0.00", "0", "0"], "the scripted agent asks no model"
    assert re.fullmatch(r"\d+ s", cells["here"][4])
    assert int(cells["this repository, in all"][0]) > 1


def test_the_settings_tell_what_holds_here_and_where_it_is_set(scene: Scene) -> None:
    issue = scene.open_issue("What is set here?")
    said = answer_to(scene, issue, "/harvest settings")
    assert "| a request may spend | $5.00 |" in said
    assert "| pull requests are opened | as drafts |" in said
    assert said.endswith("There is no `.github/harvest.yml` on `main`: all of it is as the operator has it.")

    own = "model: haiku\ndraft: false\nlimits: {minutes: 1000}\n"
    files = {".github/harvest.yml": own, "README.md": "Here."}
    repository = scene.github.add_repository("with-settings", files=files, roles={"mira-okafor": "admin"})
    path = f"/repos/{repository}/issues"
    number = scene.maintainer.post(path, {"title": "What is set?"})["number"]
    scene.maintainer.post(f"{path}/{number}/comments", {"body": "/harvest settings"})
    comments = f"{path}/{number}/comments"
    said = eventually(lambda: scene.maintainer.get(comments)[1:], "the answer")[0]["body"]
    assert "| model | `haiku` |" in said
    assert "| pull requests are opened | ready for review |" in said
    assert "> `limits.minutes: 1000` is more than this Harvest allows" in said
    assert said.endswith("Set in `.github/harvest.yml` on `main`; the rest is as the operator has it.")
