"""A question of an agent's, as people have it: asked in their thread, answered in a comment or by nobody, gone on with."""

from __future__ import annotations

import base64
import re
import sqlite3
from contextlib import closing

import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, Scene, commit, eventually, instructions
from tests.service.own_tools import call
from tests.service.reviewing import on_line, open_pull, review

# Something is committed, something is not, and the rest depends on people.
HALF = commit("half.txt") + "echo loose > loose.txt\n"


def ask(question: str, *, out: str = "/dev/null", **more: object) -> str:
    return call("ask_maintainer", {"question": question, **more}, out=out)


def waiting(scene: Scene, issue: int, *, number: int = 1) -> JobRow:
    job = scene.wait_for_end(issue, number=number)
    assert job.outcome == "waiting", job.ending
    return job


def let_time_pass(scene: Scene, job: JobRow) -> None:
    """As if the days had gone by in which the job's question could be answered."""
    with closing(sqlite3.connect(scene.harvest.state / "harvest.db", timeout=30)) as connection, connection:
        connection.execute("UPDATE questions SET due_at = due_at - 300000, look_at = 0 WHERE job_id = ?", (job.id,))


def look_at(scene: Scene, job: JobRow, when: str) -> None:
    """Have the job's question looked after then, as SQL says it."""
    with closing(sqlite3.connect(scene.harvest.state / "harvest.db", timeout=30)) as connection, connection:
        connection.execute(f"UPDATE questions SET look_at = {when} WHERE job_id = ?", (job.id,))  # noqa: S608 - the test's own


def own_budget(scene: Scene, job: JobRow) -> str:
    """The job whose budget that one was held to."""
    query = "SELECT substr(account, 5) FROM job_accounts WHERE job_id = ? AND account LIKE 'job/%'"
    ((budget_of,),) = scene.harvest.query(query, job.id)
    return str(budget_of)


def mentions(scene: Scene, number: int) -> int:
    return sum(one["number"] == number and one["reason"] == "mention" for one in scene.github.told(scene.maintainer))


def files_of(scene: Scene, issue: int) -> list[str]:
    (pull,) = scene.pulls_of(issue)
    return [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]


def content(scene: Scene, path: str, job: JobRow) -> str:
    """A file as that job has pushed it."""
    found = scene.maintainer.get(f"{scene.repo}/contents/{path}", ref=job.report["pushed_sha"])
    return base64.b64decode(found["content"]).decode()


def prompt_of(job: JobRow) -> str:
    text: str = job.result_of("compose_prompt")["text"]
    return text


@pytest.mark.further
def test_a_question_is_answered_and_another_one_by_nobody_and_the_work_goes_on(scene: Scene) -> None:
    first = ask("Keep the old name? @outsider asked.\n\nIt is public.", options=["Keep it", "Drop it"])
    issue = scene.ask("Rename it", HALF + first + ask("And now?", out="loose.txt"))
    asking = waiting(scene, issue)

    (end,) = scene.ends(issue)
    assert f"@{scene.maintainer.login} Waiting for an answer." in end
    assert "> Keep the old name? @\u200boutsider asked.\n>\n> It is public.\n\n1. Keep it\n2. Drop it\n\n" in end
    assert "Answer with `/harvest answer …` here, and the number of one of these will do." in end
    assert "If nobody answers by " in end
    assert mentions(scene, issue) == 1
    assert scene.pulls_of(issue) == []
    (comment,) = scene.comments(issue)
    assert "### 🌾 Waiting for an answer" in comment

    goes_on = ask("How many?", default=instructions(commit("rest.txt")))
    scene.comment(issue, "Drop it, I think.")
    scene.comment(issue, "> Keep it, and show me the keys.\n\n/harvest answer Drop it" + f"\n\n`````sh\n{goes_on}\n`````")
    answered = waiting(scene, issue, number=2)
    prompt = prompt_of(answered)
    assert prompt.startswith("You asked:\n\nKeep the old name? @outsider asked.")
    assert f"2. Drop it\n\n{scene.maintainer.login}, who may decide here, answers:\n\nDrop it" in prompt
    quoted = r"<text-from-github (\w+)>\n> Keep it, and show me the keys\.\n</text-from-github \1>"
    assert re.search(quoted, prompt), "what is quoted is material, and no answer"
    assert prompt.count("show me the keys") == 1
    assert answered.result_of("compose_prompt")["resume"]
    assert answered.session == asking.session

    let_time_pass(scene, answered)
    done = scene.wait_for_end(issue, number=3)
    assert done.outcome == "succeeded", done.ending
    assert "Nobody answered in time, so what you named for that holds:" in prompt_of(done)
    assert [own_budget(scene, job) for job in (asking, answered, done)] == [asking.id, answered.id, answered.id]
    assert files_of(scene, issue) == ["half.txt", "loose.txt", "rest.txt"]
    assert "you have asked already, and the first question stands" in content(scene, "loose.txt", done)
    assert "Nobody answered the question in time, so the work went on with:" in scene.comments(issue)[0]

    scene.comment(issue, "/harvest answer Keep it")
    scene.wait_for_comment(issue, "No question waits")
    assert len(scene.harvest.jobs(issue)) == 3


@pytest.mark.further
def test_a_stop_counts_also_while_the_default_is_being_gone_on_with(scene: Scene) -> None:
    issue = scene.ask("Stop the default", HALF + ask("Which?", default="both"))
    job = waiting(scene, issue)
    scene.github.fault("status", method="GET", path="/repos/*/collaborators/*/permission", status=503, count=1000)
    let_time_pass(scene, job)
    tried = "SELECT 1 FROM questions WHERE job_id = ? AND failures > 0 AND taken_by IS NOT NULL"
    eventually(lambda: scene.harvest.query(tried, job.id), "a try in vain")
    look_at(scene, job, "look_at + 9999")
    scene.clear_faults()
    scene.comment(issue, "/harvest stop")
    scene.wait_for_comment(issue, "is withdrawn")
    look_at(scene, job, "0")
    scene.comment(issue, "/harvest ask are you done?")
    scene.wait_for_end(issue, number=2)
    assert scene.harvest.query("SELECT why FROM questions WHERE job_id = ?", job.id) == [("withdrawn",)]
    assert len(scene.harvest.jobs(issue)) == 2


@pytest.mark.further
def test_a_stop_counts_also_while_the_default_becomes_a_job(scene: Scene) -> None:
    issue = scene.ask("Stop the job of the default", HALF + ask("Which?", default="both"))
    job = waiting(scene, issue)
    scene.github.fault("delay", method="GET", path=f"{scene.repo}/issues/{issue}", delay_seconds=6)
    let_time_pass(scene, job)
    taken = "SELECT 1 FROM questions WHERE job_id = ? AND taken_by IS NOT NULL"
    eventually(lambda: scene.harvest.query(taken, job.id), "that begun")
    scene.comment(issue, "/harvest stop")
    scene.wait_for_comment(issue, "is withdrawn")
    leased = "SELECT 1 FROM leases WHERE name = ?"
    eventually(lambda: not scene.harvest.query(leased, f"question:{job.id}"), "the end of that look")
    assert [scene.wait_for_end(issue, number=2).outcome for _ in scene.harvest.jobs(issue)[1:]] in ([], ["stopped"])


@pytest.mark.further
def test_the_default_does_not_go_on_with_a_pull_request_that_was_closed(scene: Scene) -> None:
    outsider = scene.github.outsider
    fork = outsider.post(f"{scene.repo}/forks", {})["full_name"]
    scene.github.push(fork, "from-outside", {"outside.txt": "from outside\n"}, outsider)
    new = {"title": "From outside", "head": f"{outsider.login}:from-outside", "base": "main"}
    pull = outsider.post(f"{scene.repo}/pulls", new)["number"]
    scene.comment(pull, f"/harvest finish it\n\n`````sh\n{ask('Which?', default=instructions(commit('both.txt')))}\n`````")
    job = waiting(scene, pull)
    outsider.patch(f"{scene.repo}/pulls/{pull}", {"state": "closed"})
    scene.wait_for_comment(pull, "goes on")
    let_time_pass(scene, job)
    told = scene.wait_for_comment(pull, "could not go on with the default")
    assert "closed" in told
    assert len(scene.harvest.jobs(pull)) == 1


@pytest.mark.campaign
def test_where_nothing_is_left_of_its_budget_it_does_not_go_on_by_itself(scene: Scene) -> None:
    issue = scene.ask("Spend all of it", HALF + ask("Which?", default="both"))
    job = waiting(scene, issue)
    with closing(sqlite3.connect(scene.harvest.state / "harvest.db", timeout=30)) as connection, connection:
        connection.execute("UPDATE accounts SET spent_microdollars = 5000000 WHERE id = ?", (f"job/{job.id}",))
    let_time_pass(scene, job)
    told = scene.wait_for_comment(issue, "this request has spent")
    assert "could not go on with the default: Nothing was started: this request has spent $5.00 of a budget of $5.00." in told
    scene.comment(issue, f"/harvest answer both\n\n{instructions(commit('both.txt'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded", "who answers has a budget of their own"


@pytest.mark.campaign
def test_a_question_is_put_to_people_once_also_when_the_power_fails(scene: Scene) -> None:
    issue = scene.ask("Ask in the dark", HALF + ask("Left or right?") + f"touch ~/asked\n{HOLD}")
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has(job.session, "asked"), "the question asked")
    scene.harvest.restart()
    scene.let_go(job)
    eventually(lambda: scene.ends(issue), "the question on GitHub")
    scene.harvest.restart()
    waiting(scene, issue)
    assert len(scene.ends(issue)) == 1

    scene.comment(issue, f"/harvest answer left\n\n{instructions(commit('left.txt'))}")
    scene.harvest.restart()
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    assert files_of(scene, issue) == ["half.txt", "left.txt", "loose.txt"]
    assert len(scene.harvest.jobs(issue)) == 2


@pytest.mark.campaign
def test_without_a_default_it_ends_with_a_sentence_and_a_late_answer_counts(scene: Scene) -> None:
    issue = scene.ask("Ask and wait", HALF + ask("Which?"))
    job = waiting(scene, issue)
    assert "it ends here" in scene.ends(issue)[0]
    let_time_pass(scene, job)
    scene.wait_for_comment(issue, "Nobody has answered in time")
    scene.harvest.restart()
    scene.comment(issue, "/harvest answer both", by=scene.github.reader)
    scene.wait_for_comment(issue, scene.github.reader.login)
    scene.comment(issue, f"/harvest answer both\n\n{instructions(commit('both.txt'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    assert len([said for said in scene.comments(issue) if "Nobody has answered in time" in said]) == 1


@pytest.mark.campaign
@pytest.mark.parametrize("by", ["stop", "close", "another request", "a question of theirs"])
def test_what_withdraws_a_question(scene: Scene, by: str) -> None:
    issue = scene.ask(f"Withdrawn by {by}", HALF + ask("Which?"))
    waiting(scene, issue)
    match by:
        case "stop":
            scene.comment(issue, "/harvest stop")
            scene.wait_for_comment(issue, "is withdrawn")
        case "close":
            scene.maintainer.patch(f"{scene.repo}/issues/{issue}", {"state": "closed"})
        case "another request":
            scene.comment(issue, f"/harvest do it otherwise\n\n{instructions(commit('otherwise.txt'))}")
            other = scene.wait_for_end(issue, number=2)
            assert "Before this you asked a question" in prompt_of(other)
            assert files_of(scene, issue) == ["half.txt", "loose.txt", "otherwise.txt"]
        case _:
            scene.comment(issue, "/harvest ask what do you mean?")
            scene.wait_for_end(issue, number=2)
    scene.comment(issue, f"/harvest answer this\n\n{instructions(commit('this.txt'))}")
    if by == "a question of theirs":
        answered = scene.wait_for_end(issue, number=3)
        assert answered.outcome == "succeeded", answered.ending
        assert prompt_of(answered).startswith("You asked:\n\nWhich?")
    else:
        scene.wait_for_comment(issue, "No question waits")


@pytest.mark.campaign
def test_a_planner_asks_and_goes_on_planning(scene: Scene) -> None:
    issue = scene.open_issue("Plan it", f"```look\n{ask('Which database?')}\n```")
    scene.comment(issue, "/harvest plan")
    waiting(scene, issue)
    scene.comment(issue, "/harvest answer SQLite\n\n````say\n# The plan\n\nUse SQLite.\n````")
    planned = scene.wait_for_end(issue, number=2)
    assert planned.outcome == "succeeded", planned.ending
    assert prompt_of(planned).startswith("You asked:\n\nWhich database?")
    assert planned.report["plan"]["version"] == 1


@pytest.mark.further
def test_an_option_is_chosen_by_its_number_also_in_a_review_that_says_more(scene: Scene) -> None:
    pull = open_pull(scene, "asked-about")
    script = ask("Keep the old name?", options=["Keep it", "Drop it"])
    scene.comment(pull["number"], f"/harvest rename it\n\n{instructions(script)}")
    waiting(scene, pull["number"])
    review(scene, pull, "", on_line(pull, 1, "/harvest answer 2"), on_line(pull, 2, "/harvest status"))
    answered = scene.wait_for_end(pull["number"], number=2)
    assert f"{scene.maintainer.login}, who may decide here, answers:\n\nDrop it" in prompt_of(answered)
