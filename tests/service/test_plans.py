"""A plan is made, reviewed by a second model, approved, revised, and carried out: as people see it on GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.gemini_service import GeminiService, gemini_service
from tests.scene import HOLD, LABEL, Scene, commit, eventually, instructions, running_scene
from tests.service.plans import SOUND, a_plan, planning, reviewing

UNSAFE = {"severity": "BLOCKER", "what": "Task 2 loses data", "why": "It drops <b>the</b> table.", "fix": "@everyone keep it."}
MINOR = {"severity": "CONSIDER", "what": "A shorter name", "why": "It is read often.", "fix": "Call it `span`."}


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiService]:
    with gemini_service() as service:
        yield service


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, gemini: GeminiService) -> Iterator[Scene]:
    """Its repository is private: there every request takes the permission that GitHub wants for it."""
    with running_scene(tmp_path_factory.mktemp("scene"), env=gemini.environment) as scene:
        scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{scene.maintainer.login}", {"role": "admin"})
        scene.maintainer.patch(scene.repo, {"private": True})
        yield scene


@pytest.fixture(autouse=True)
def sound(gemini: GeminiService) -> None:
    """Unless a test says otherwise, the reviewer has nothing to say."""
    reviewing(gemini, ".", SOUND)
    gemini.forget()


def posted(scene: Scene, issue: int) -> list[str]:
    return [one for one in scene.comments(issue) if "<!-- harvest:plan:" in one]


def answer(scene: Scene, issue: int, text: str) -> str:
    """Comment, and wait for what Harvest says to it."""
    before = len(scene.comments(issue))
    scene.comment(issue, text)
    return eventually(lambda: scene.comments(issue)[before:], f"an answer to {text!r}")[0]


def test_a_plan_is_posted_approved_and_carried_out(scene: Scene, gemini: GeminiService) -> None:
    issue = scene.open_issue("Parse a week", "As `2w`.")
    plan = a_plan("Parse weeks as seven days", commit("weeks.txt", "fourteen days"))
    scene.comment(issue, f"/harvest plan it\n\n{planning(plan)}")
    job = scene.wait_for_end(issue)
    assert (job.outcome, job.report["plan"]["version"]) == ("succeeded", 1)
    (comment,) = posted(scene, issue)
    assert "### 🌾 Plan v1" in comment
    assert "### 5. Step 5" in comment
    assert "by `gemini-3.1-pro-preview`" in comment
    assert "found no problems" in comment
    assert "`/harvest approve v1`" in comment
    assert scene.pulls_of(issue) == [], "nothing is changed before somebody approves"
    question = gemini.requests()[0]["body"]["contents"][0]["parts"][0]["text"]
    assert "As `2w`." in question, "the reviewer knows what was asked for"
    # 1,000 tokens in at $2 and 500 out at $12 a million.
    assert job.report["cost_usd"] == pytest.approx(0.008)

    scene.comment(issue, "/harvest approve v1")
    done = scene.wait_for_end(issue, number=2)
    assert done.outcome == "succeeded", done.ending
    (pull,) = scene.pulls_of(issue)
    files = {one["filename"]: one["patch"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}
    (kept,) = [path for path in files if path != "weeks.txt"]
    assert kept.startswith(f".claude/plans/{pull['head']['ref']}/plan_")
    assert "Parse weeks as seven days" in files[kept]
    assert "## Implementation" in files[kept]
    assert f"Plan v1 for #{issue}, asked for by mira-okafor and approved by mira-okafor." in files[kept]
    prompt = done.result_of("compose_prompt")
    assert prompt["resume"] is True, "the conversation in which it was planned goes on"
    assert "approves plan v1" in prompt["text"]

    assert "was approved and carried out already: see #" in answer(scene, issue, "/harvest approve v1")


@pytest.mark.campaign
def test_blockers_go_back_to_the_planner_at_most_twice(scene: Scene, gemini: GeminiService) -> None:
    def next_try(number: int) -> str:
        """A review that makes the scripted agent say this next."""
        finding = {**UNSAFE, "fix": f"@everyone say\n\n````say\nTry {number}````"}
        return json.dumps({"findings": [MINOR, finding]})

    reviewing(gemini, "The first try", next_try(2), "Try 2", next_try(3), "Try 3", next_try(4))
    issue = scene.open_issue("Never good enough")
    scene.comment(issue, f"/harvest plan\n\n{planning(a_plan('The first try'))}")
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    assert len(gemini.requests()) == 3
    (comment,) = posted(scene, issue)
    assert "Try 3" in comment
    assert "**BLOCKER** Task 2 loses data" in comment
    assert comment.index("**BLOCKER**") < comment.index("**CONSIDER**")
    assert "The plan has no task in the form that was asked for" in comment
    assert "@everyone" not in comment, "the reviewer mentions nobody"
    assert "<b>" not in comment


@pytest.mark.campaign
def test_a_settled_blocker_is_not_held_against_the_next_version(scene: Scene, gemini: GeminiService) -> None:
    better = a_plan("Better now")
    finding = {**UNSAFE, "fix": f"Say this.\n\n````say\n{better}````"}
    reviewing(gemini, "Not yet good", json.dumps({"findings": [finding]}), ".", SOUND)
    issue = scene.open_issue("Good in the end")
    scene.comment(issue, f"/harvest plan\n\n{planning(a_plan('Not yet good'))}")
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    (comment,) = posted(scene, issue)
    assert "Better now" in comment
    assert "found no problems" in comment
    assert len(gemini.requests()) == 2


def test_who_may_not_ask_can_not_approve(scene: Scene) -> None:
    issue = planned(scene, "Approved by a reader")
    scene.comment(issue, "/harvest approve v1", by=scene.github.reader)
    scene.wait_for_comment(issue, "takes write permission")
    assert len(scene.harvest.jobs(issue)) == 1


@pytest.mark.further
def test_only_the_latest_version_can_be_approved_and_not_while_it_is_made(scene: Scene) -> None:
    issue = planned(scene, "Two versions")
    scene.comment(issue, f"/harvest revise with less\n\n{planning(a_plan('Less'), look=HOLD)}")
    job = scene.wait_for_step(issue, "run_agent", number=2)
    assert "The plan is being worked on" in answer(scene, issue, "/harvest approve v1")
    scene.let_go(job)
    scene.wait_for_end(issue, number=2)
    assert "### 🌾 Plan v2" in posted(scene, issue)[1]
    assert "Plan v1 was replaced by v2" in answer(scene, issue, "/harvest approve v1")
    assert "There is no plan v7 here" in answer(scene, issue, "/harvest approve v7")
    assert "Which plan do you mean?" in answer(scene, issue, "/harvest approve the good one")
    assert len(scene.harvest.jobs(issue)) == 2


@pytest.mark.further
def test_an_approval_is_void_once_the_issue_or_the_base_has_changed(scene: Scene) -> None:
    issue = planned(scene, "It changes")
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"body": "Something else."})
    assert "the title or text of this issue was changed" in answer(scene, issue, "/harvest approve v1")
    scene.comment(issue, f"/harvest revise\n\n{planning(a_plan('From now'))}")
    scene.wait_for_end(issue, number=2)
    scene.github.push(scene.github.repository, "main", {"NEWS.md": "new"}, scene.maintainer)
    assert "`main` has moved since it was made" in answer(scene, issue, "/harvest approve")
    assert len(scene.harvest.jobs(issue)) == 2
    assert scene.pulls_of(issue) == []


@pytest.mark.campaign
def test_what_changes_before_an_approved_plan_has_its_turn_makes_it_void(scene: Scene) -> None:
    issue = planned(scene, "It waits")
    scene.comment(issue, f"/harvest ask what is it?\n\n{instructions(HOLD)}")
    job = scene.wait_for_step(issue, "run_agent", number=2)
    scene.comment(issue, "/harvest approve v1")
    scene.wait_for_job(issue, number=3)
    scene.github.push(scene.github.repository, "main", {"LATE.md": "new"}, scene.maintainer)
    scene.let_go(job)
    assert scene.wait_for_end(issue, number=3).outcome == "refused"
    assert "Plan v1 could not be carried out when its turn came: `main` has moved" in scene.ends(issue)[-1]
    assert scene.pulls_of(issue) == []


@pytest.mark.campaign
def test_a_plan_whose_work_was_broken_off_is_gone_on_with_whatever_came_since(scene: Scene) -> None:
    issue = scene.open_issue("It goes on")
    script = f"[ -e half.txt ] || {{ {commit('half.txt')}{HOLD} }}\n"
    scene.comment(issue, f"/harvest plan\n\n{planning(a_plan('It goes on', script))}")
    scene.wait_for_end(issue)
    scene.comment(issue, "/harvest approve v1")
    job = scene.wait_for_step(issue, "run_agent", number=2)
    eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "the agent at work")
    scene.comment(issue, "/harvest stop")
    assert scene.wait_for_end(issue, number=2).outcome == "stopped"
    scene.github.push(scene.github.repository, "main", {"SINCE.md": "new"}, scene.maintainer)
    scene.comment(issue, "/harvest resume")
    resumed = scene.wait_for_end(issue, number=3)
    assert resumed.outcome == "succeeded", resumed.ending


@pytest.mark.campaign
def test_an_issue_that_says_something_else_for_a_moment_is_carried_out_as_it_was_planned(scene: Scene) -> None:
    issue = planned(scene, "It is steady")
    scene.github.delivery_fault("late", event="issue_comment", delay_seconds=2)
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"title": "Something else", "body": "Something else."})
    scene.comment(issue, "/harvest approve v1")
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"title": "It is steady", "body": ""})
    job = scene.wait_for_end(issue, number=2)
    ((ask,),) = scene.harvest.query("SELECT ask FROM jobs WHERE id = ?", job.id)
    assert "Something else" not in ask
    assert "It is steady" in ask


def test_without_a_plan_there_is_nothing_to_approve_or_revise_and_none_is_made_of_a_closed_issue(scene: Scene) -> None:
    issue = scene.open_issue("No plan")
    assert "There is no plan here yet." in answer(scene, issue, "/harvest approve")
    assert "There is no plan here yet." in answer(scene, issue, "/harvest revise with more tests")
    scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
    assert "This is closed, so nothing was started." in answer(scene, issue, "/harvest plan it all the same")
    assert scene.harvest.jobs(issue) == []


@pytest.mark.campaign
def test_a_label_asks_for_a_plan(scene: Scene) -> None:
    issue = scene.open_issue("By its label", planning(a_plan("By a label")))
    scene.maintainer.post(f"{scene.repo}/issues/{issue}/labels", {"labels": [f"{LABEL}:plan"]})
    scene.wait_for_end(issue)
    (comment,) = posted(scene, issue)
    assert "By a label" in comment
    assert "@mira-okafor asked for `plan`" in comment


@pytest.mark.further
def test_a_label_has_a_plan_carried_out_in_which_the_review_finds_no_blocker(scene: Scene, gemini: GeminiService) -> None:
    again = {**UNSAFE, "fix": "Say this.\n\n````say\nLoses data````"}
    reviewing(gemini, "Loses data", json.dumps({"findings": [again]}), ".", SOUND)
    sound = scene.open_issue("Sound", planning(a_plan("Just do it", commit("sound.txt")), look=HOLD))
    unsafe = scene.open_issue("Unsafe", planning(a_plan("Loses data", commit("unsafe.txt"))))
    for issue in (sound, unsafe):
        scene.maintainer.post(f"{scene.repo}/issues/{issue}/labels", {"labels": [f"{LABEL}:auto"]})
    job = scene.wait_for_step(sound, "run_agent")
    scene.github.push(scene.github.repository, "main", {"MEANWHILE.md": "new"}, scene.maintainer)
    scene.let_go(job)
    assert scene.wait_for_end(sound, number=2).outcome == "succeeded"
    (pull,) = scene.pulls_of(sound)
    files = {one["filename"]: one["patch"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}
    (kept,) = [path for path in files if path != "sound.txt"]
    assert "approved by mira-okafor before it was made, for the case that its review finds no blocker." in files[kept]

    assert scene.wait_for_end(unsafe, number=2).outcome == "no_change"
    assert scene.pulls_of(unsafe) == []
    assert "Plan v1 was not carried out: its review left 1 blocker." in scene.ends(unsafe)[-1]
    assert "`/harvest approve v1`" in scene.ends(unsafe)[-1]


@pytest.mark.campaign
def test_on_a_pull_request_the_check_run_has_buttons(scene: Scene) -> None:
    issue = scene.ask("A pull request to plan on", commit("planned.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], f"/harvest plan\n\n{planning(a_plan('More', commit('more.txt')))}")
    scene.wait_for_end(pull["number"])
    (run,) = [run for run in scene.check_runs(pull["head"]["sha"]) if "Plan v1" in (run["output"]["title"] or "")]
    assert run["conclusion"] == "neutral"
    scene.github.press(run["id"], "approve", scene.maintainer)
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded"
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert "more.txt" in files


@pytest.mark.campaign
def test_a_reviewer_that_is_away_is_said_to_be(scene: Scene, gemini: GeminiService) -> None:
    gemini.play('title = "Away"')
    issue = planned(scene, "Nobody reviews")
    (comment,) = posted(scene, issue)
    assert "No second model has reviewed this plan (gemini-3.1-pro-preview: 400 INVALID_ARGUMENT" in comment
    assert gemini.api_key not in comment


def planned(scene: Scene, title: str) -> int:
    """An issue with a plan."""
    issue = scene.open_issue(title)
    scene.comment(issue, f"/harvest plan\n\n{planning(a_plan(title))}")
    assert scene.wait_for_end(issue).outcome == "succeeded"
    return issue
