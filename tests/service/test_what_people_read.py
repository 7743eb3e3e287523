"""What people read where they asked: at once, in the right number, and without what no one should see."""

from __future__ import annotations

import re

import pytest

from github_app.replies.evidence import HEADING
from tests.scene import HOLD, Scene, commit, eventually, instructions
from tests.service.deliveries import wait_for_a_new_second

# Put together here, so that nobody's scanner takes this file for a leak.
TOKEN = "ghs_" + "A1b2" * 10


@pytest.mark.campaign
def test_a_second_request_on_an_issue_is_seen_to_begin_and_the_third_to_wait(scene: Scene) -> None:
    issue = scene.ask("Three requests", HOLD + commit("one.txt"))
    first = scene.wait_for_step(issue, "run_agent")
    scene.comment(issue, f"/harvest the second\n\n{instructions(HOLD + commit('two.txt'))}")
    scene.comment(issue, f"/harvest the third\n\n{instructions(commit('three.txt'))}")
    scene.wait_for_job(issue, number=3)
    scene.let_go(first)
    second = scene.wait_for_step(issue, "run_agent", number=2)
    eventually(lambda: "### 🌾 Working on it" in scene.comments(issue)[0], "that the second has begun")
    (comment,) = scene.comments(issue)
    assert "`mira-okafor` asked for `the second …`" in comment
    assert "<summary>One more request waits here.</summary>\n\n1. `mira-okafor` asked for `the third …`" in comment
    assert "`/harvest steer …` tells the agent something now, `/harvest stop` ends it" in comment
    scene.let_go(second)
    assert scene.wait_for_end(issue, number=3).outcome == "succeeded"
    (comment,) = scene.comments(issue)
    assert "waits here" not in comment
    assert "Go on with `/harvest …` here or on the pull request" in comment


def test_who_asked_is_told_of_the_end_by_a_comment_that_notifies_them(scene: Scene) -> None:
    """Whoever puts a label on an issue of somebody else's follows nothing there yet."""
    issue = scene.open_issue("Told of the end", instructions(commit("told.txt")), by=scene.github.outsider)
    before = len(scene.github.told(scene.maintainer))
    scene.label(issue)
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    (end,) = scene.ends(issue)
    assert f"@mira-okafor Done: [pull request #{pull['number']}]({pull['html_url']})." in end
    assert re.search(r"<sub>\d+ s · .*`claude-sonnet-of-the-tests` · \[more\]\(\S+#issuecomment-\d+\)</sub>$", end)
    told = [one for one in scene.github.told(scene.maintainer)[before:] if one["reason"] == "mention"]
    assert [one["what"] for one in told] == ["issue_comment.created"]
    assert scene.maintainer.get(f"{scene.repo}/issues/comments/{told[0]['comment']}")["body"] == end

    scene.comment(issue, f"/harvest fail\n\n{instructions('kill -9 $PPID')}")
    scene.wait_for_end(issue, number=2)
    failed = scene.ends(issue)[1]
    assert "@mira-okafor This did not work." in failed
    assert "Ask again." in failed


@pytest.mark.campaign
def test_one_check_run_tells_of_a_request_from_its_waiting_to_its_end_however_slow_github_is(scene: Scene) -> None:
    first = scene.ask("A pull request", commit("slow-one.txt"))
    scene.wait_for_end(first)
    (pull,) = scene.pulls_of(first)
    scene.comment(pull["number"], f"/harvest the second\n\n{instructions(HOLD + commit('slow-two.txt'))}")
    running = scene.wait_for_step(pull["number"], "run_agent")
    scene.github.fault("delay", method="POST", path="/repos/*/check-runs", delay_seconds=12)
    third = scene.comment(pull["number"], f"/harvest the third\n\n{instructions(commit('slow-three.txt'))}")["id"]
    waiting = scene.wait_for_job(pull["number"], number=2)
    path = f"{scene.repo}/issues/comments/{third}/reactions"
    eventually(lambda: scene.maintainer.get(path), "the reaction to the one that waits")
    scene.let_go(running)
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded"
    eventually(lambda: any(waiting.id in note for note in scene.handled()), "the end of all that its comment led to")
    runs = [run for run in scene.check_runs(pull["head"]["sha"]) if run["external_id"] == waiting.id]
    assert [(run["status"], run["output"]["title"]) for run in runs] == [("completed", "Pushed a new commit")]


@pytest.mark.campaign
def test_running_all_checks_again_runs_the_job_again_that_failed_there(scene: Scene) -> None:
    issue = scene.ask("Fails at the follow-up", commit("begun.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], f"/harvest fail\n\n{instructions('kill -9 $PPID')}")
    assert scene.wait_for_end(pull["number"]).outcome == "failed"
    suites = scene.maintainer.get(f"{scene.repo}/commits/{pull['head']['sha']}/check-suites")["check_suites"]
    scene.maintainer.post(f"{scene.repo}/check-suites/{suites[0]['id']}/rerequest")
    assert scene.wait_for_end(pull["number"], number=2).outcome == "failed"
    assert len(scene.harvest.jobs(issue)) == 1


@pytest.mark.campaign  # more than a hundred comments, each with its delivery
def test_of_a_long_thread_the_agent_reads_the_latest_comments(scene: Scene) -> None:
    issue = scene.open_issue("A long thread", instructions(commit("long.txt")))
    for number in range(120):
        scene.comment(issue, f"Thought number {number} of many.", by=scene.github.reader)
    wait_for_a_new_second(scene, issue)  # of the label's own second nothing counts
    scene.label(issue)
    job = scene.wait_for_end(issue)
    assert "Thought number 119 of" in job.result_of("compose_prompt")["text"]
    assert "Thought number 60 of" not in job.result_of("compose_prompt")["text"]


@pytest.mark.campaign
def test_a_token_in_a_command_or_a_path_is_shown_and_kept_nowhere(scene: Scene) -> None:
    issue = scene.ask("Tokens in commands", f"echo {TOKEN} >/dev/null\n{commit('token.txt')}")
    job = scene.wait_for_end(issue)
    (found,) = scene.pulls_of(issue)
    pull = scene.pull(found["number"])
    (run,) = scene.check_runs(pull["head"]["sha"])
    assert "echo [redacted] >/dev/null" in pull["body"]
    assert "echo [redacted] >/dev/null" in run["output"]["text"]
    shown = "\n".join([pull["body"], str(run["output"]), *scene.comments(issue), str(job.report)])
    assert TOKEN not in shown


@pytest.mark.campaign
def test_a_request_to_stop_one_that_waits_is_seen_when_its_turn_comes(scene: Scene) -> None:
    issue = scene.ask("Stops all", HOLD + commit("held.txt"))
    scene.wait_for_step(issue, "run_agent")
    scene.comment(issue, "/harvest and more")
    scene.wait_for_job(issue, number=2)
    stop = scene.comment(issue, "/harvest stop")["id"]
    for number in (1, 2):
        assert scene.wait_for_end(issue, number=number).outcome == "stopped"
    path = f"{scene.repo}/issues/comments/{stop}/reactions"
    eventually(lambda: [one["content"] for one in scene.maintainer.get(path)] == ["+1"], "the reaction to the stop")
    (comment,) = scene.comments(issue)
    assert "mira-okafor stopped this job." in comment


@pytest.mark.further
def test_a_pull_request_tells_all_that_it_changes_after_each_push_and_stays_linked_after_a_failure(scene: Scene) -> None:
    issue = scene.ask("Two things", commit("first.txt"), say="Add the first\n\nThe first is there.")
    scene.wait_for_end(issue)
    (found,) = scene.pulls_of(issue)
    assert found["title"] == "Add the first"
    say = "Add the first and the second\n\nBoth are there."
    scene.comment(issue, f"/harvest and a second\n\n{instructions(commit('second.txt'), say)}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    pull = scene.pull(found["number"])
    seen = pull["body"].partition("What Harvest saw")[2]
    assert pull["title"] == "Add the first and the second"
    assert "### Files it changed (+2 -0)\n- `first.txt`\n- `second.txt`" in seen
    assert seen.count("`printf") == 2, "the commands of both"
    assert "2 turns" in seen

    scene.maintainer.patch(f"{scene.repo}/pulls/{found['number']}", {"title": "As I call it"})
    scene.comment(issue, f"/harvest and a third\n\n{instructions(commit('third.txt'), 'Add all three')}")
    assert scene.wait_for_end(issue, number=3).outcome == "succeeded"
    pull = scene.pull(found["number"])
    assert pull["title"] == "As I call it"
    assert "`third.txt`" in pull["body"], "the description is still Harvest's"

    scene.comment(found["number"], f"/harvest and a fourth\n\n{instructions(HOLD + commit('fourth.txt'))}")
    job = scene.wait_for_step(found["number"], "run_agent")
    scene.maintainer.patch(f"{scene.repo}/pulls/{found['number']}", {"body": pull["body"] + "\n\nI looked at it."})
    told = "SELECT 1 FROM sessions WHERE pull_number = ? AND pull_edited_at > (SELECT created_at FROM jobs WHERE id = ?)"
    eventually(lambda: scene.harvest.query(told, found["number"], job.id), "GitHub told of it")
    scene.let_go(job)
    assert scene.wait_for_end(found["number"]).outcome == "succeeded"
    assert scene.pull(found["number"])["body"] == pull["body"] + "\n\nI looked at it."
    assert (
        f"The description of #{found['number']} is not as Harvest last wrote it, so it stays as it is."
        in scene.comments(issue)[0]
    )

    scene.comment(issue, f"/harvest fail\n\n{instructions('kill -9 $PPID')}")
    assert scene.wait_for_end(issue, number=4).outcome == "failed"
    (comment,) = scene.comments(issue)
    assert comment.count(f"[pull request #{found['number']}]({found['html_url']})") == 1


@pytest.mark.campaign
def test_the_answer_to_a_question_is_there_whole_and_called_an_answer(scene: Scene) -> None:
    issue = scene.ask("What does it do?", say="# It formats spans\n\nA span is a number of seconds.")
    assert scene.wait_for_end(issue).outcome == "no_change"
    (comment,) = scene.comments(issue)
    assert "### 🌾 Answered\n" in comment
    assert "`mira-okafor` asked for what this issue says" in comment
    assert "# It formats spans\n\nA span is a number of seconds." in comment
    assert "No change was needed" not in comment


def test_the_repositorys_template_is_filled_in_and_what_was_tested_stands_below(scene: Scene) -> None:
    template = {".github/PULL_REQUEST_TEMPLATE.md": "## What\n\n## Risk\n"}
    scene.github.push(scene.github.repository, "main", template, scene.maintainer)
    say = "Add it\n\nIt is there.\n\n<pull-request>\n## What\n\nA file.\n\n## Risk\n\nNone.\n</pull-request>"
    issue = scene.ask("Fill it in", f"{commit('template.txt')}printf 'test:\\n\\tfalse\\n' > Makefile; make test", say=say)
    job = scene.wait_for_end(issue)
    assert "## Risk" in job.result_of("prepare_workspace")["template"]
    (pull,) = scene.pulls_of(issue)
    assert pull["title"] == "Add it"
    assert pull["body"].startswith(f"## What\n\nA file.\n\n## Risk\n\nNone.\n\n{HEADING}\n\n")
    assert "| 2 | `printf" in pull["body"]
    (comment,) = scene.comments(issue)
    assert "It is there." in comment
    assert "## Risk" not in comment
