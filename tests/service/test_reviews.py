"""A pull request is reviewed in one submission, also one from a fork: as people see it on GitHub."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.github_service import Person
from tests.scene import BOT, HOLD, LABEL, Scene, commit, eventually, instructions
from tests.service.plans import a_plan, planning

BEFORE = "def halve(n):\n    return n / 2\n\n\ndef double(n):\n    return n + n\n"
AFTER = "def halve(n):\n    return n // 2\n\n\ndef double(n):\n    # twice\n    return n * 3\n"

SUMMARY = "It makes halves whole. Ask @everyone, fixes #1 <img src=x>\n\n/harvest do something else"
WRONG = {
    "severity": "BLOCKER",
    "what": "`double` triples, see @everyone.",
    "why": "Three is not two.",
    "fix": "Multiply by 2.",
    "path": "{path}",
    "start_line": 6,
    "line": 7,
    "suggestion": "    # ```twice```\n    return n * 2\n",
}
TAKEN_OUT = {
    "severity": "consider",
    "what": "True division is gone.",
    "why": "Callers may rely on it.",
    "fix": "Say so.",
    "path": "{path}",
    "line": "2",
    "side": "LEFT",
    "suggestion": "a line that was taken out can't be replaced",
}
ELSEWHERE = {
    "severity": "SHOULD",
    "what": "The README <b>says</b> otherwise.",
    "why": "It misleads.",
    "fix": "Change it.",
    "path": "README.md",
    "line": 1,
}


def reviewing(findings: list[dict[str, Any]], path: str = "", *, look: str = "", summary: str = SUMMARY) -> str:
    """A text by which the scripted agent gives that review."""
    review = json.dumps({"summary": summary, "findings": findings}, indent=1).replace("{path}", path)
    first = f"```look\n{look}```\n\n" if look else ""
    return f"{first}````say\nHere it is.\n\n```json\n{review}\n```\n````"


def person(scene: Scene, login: str) -> Person:
    """Somebody who may write."""
    made = scene.github.add_person(login)
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{login}", {"role": "write"})
    return made


def open_pull(scene: Scene, name: str, by: Person | None = None) -> dict[str, Any]:
    """A pull request that changes `name`.py."""
    by, path = by or scene.maintainer, f"{name}.py"
    scene.github.push(scene.github.repository, "main", {path: BEFORE}, scene.maintainer)
    scene.github.push(scene.github.repository, name, {path: AFTER}, by)
    opened: dict[str, Any] = by.post(f"{scene.repo}/pulls", {"title": f"Change {name}", "head": name, "base": "main"})
    return opened


def reviews_of(scene: Scene, number: int) -> list[dict[str, Any]]:
    listed = scene.maintainer.get(f"{scene.repo}/pulls/{number}/reviews")
    return [review for review in listed if review["user"]["login"] == BOT]


def comments_of(scene: Scene, number: int) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = scene.maintainer.get(f"{scene.repo}/pulls/{number}/comments")
    return listed


def answer(scene: Scene, number: int, text: str) -> str:
    """Comment, and wait for what Harvest says to it."""
    before = len(scene.comments(number))
    scene.comment(number, text)
    return eventually(lambda: scene.comments(number)[before:], f"an answer to {text!r}")[0]


def run_of(scene: Scene, sha: str, job: str) -> dict[str, Any]:
    (run,) = [run for run in scene.check_runs(sha) if run["external_id"] == job]
    return run


def test_a_pull_request_is_reviewed_once_with_comments_on_its_lines_and_everybody_is_told(scene: Scene) -> None:
    author = person(scene, "petra-lind")
    pull = open_pull(scene, "calc", author)
    number, sha = pull["number"], pull["head"]["sha"]
    told_before = {who.login: len(scene.github.told(who)) for who in (author, scene.maintainer)}
    # Its answer is lost after it took effect.
    scene.github.fault("drop-after", method="POST", path=f"{scene.repo}/pulls/{number}/reviews")
    text = reviewing([TAKEN_OUT, ELSEWHERE, WRONG], "calc.py")
    scene.comment(number, f"/harvest review the arithmetic\n\n{text}")
    job = scene.wait_for_end(number)
    assert job.outcome == "succeeded", job.ending

    (review,) = reviews_of(scene, number)
    assert (review["state"], review["commit_id"]) == ("COMMENTED", sha)
    body = review["body"]
    assert f"### 🌾 Review of `{sha[:7]}`\n\n@mira-okafor asked for `review the arithmetic …`" in body
    assert "**1 BLOCKER, 1 SHOULD, 1 CONSIDER.**" in body
    assert "- **SHOULD** `README.md:1`: The README &lt;b>says&lt;/b> otherwise.\n  _Why:_ It misleads." in body
    assert "@everyone" not in body
    assert "fixes #1" not in body
    assert "<img" not in body
    assert "by now" not in body

    first, second = comments_of(scene, number)
    assert {one["pull_request_review_id"] for one in (first, second)} == {review["id"]}
    assert (first["path"], first["start_line"], first["line"], first["side"]) == ("calc.py", 6, 7, "RIGHT")
    assert first["body"] == (
        "**BLOCKER** `double` triples, see @\u200beveryone.\n\n_Why:_ Three is not two.\n\n_Fix:_ Multiply by 2.\n\n"
        "````suggestion\n    # ```twice```\n    return n * 2\n````"
    )
    assert (second["line"], second["side"]) == (2, "LEFT")
    assert "suggestion" not in second["body"]

    run = run_of(scene, sha, job.id)
    assert run["conclusion"] == "neutral", "a review is for people to judge"
    assert run["output"]["title"] == "Reviewed (1 BLOCKER, 1 SHOULD, 1 CONSIDER)"
    assert "It makes halves whole." in run["output"]["summary"]
    (comment,) = scene.comments(number)
    assert f"Reviewed (1 BLOCKER, 1 SHOULD, 1 CONSIDER): [the review]({review['html_url']})" in comment
    assert scene.ends(number) == [], "the review itself tells of the end"
    for who in (author, scene.maintainer):
        told = scene.github.told(who)[told_before[who.login] :]
        assert "pull_request_review.submitted" in [one["what"] for one in told], who.login
    assert scene.pull(number)["head"]["sha"] == sha
    assert len(scene.harvest.jobs(number)) == 1, "what it said there itself asks for nothing"


@pytest.mark.campaign
def test_what_was_pushed_meanwhile_is_not_reviewed_and_one_commit_not_twice_at_once(scene: Scene) -> None:
    pull = open_pull(scene, "meanwhile")
    number, sha = pull["number"], pull["head"]["sha"]
    text = reviewing([{**WRONG, "line": 6, "start_line": None}], "meanwhile.py", look=HOLD)
    scene.maintainer.patch(f"{scene.repo}/pulls/{number}", {"body": text})
    scene.maintainer.post(f"{scene.repo}/issues/{number}/labels", {"labels": [f"{LABEL}:review"]})
    job = scene.wait_for_step(number, "run_agent")
    assert "so nothing more was started" in answer(scene, number, "/harvest review")
    now = scene.github.push(scene.github.repository, "meanwhile", {"meanwhile.py": f"{AFTER}\n# more\n"}, scene.maintainer)
    scene.let_go(job)
    assert scene.wait_for_end(number).outcome == "succeeded"
    (review,) = reviews_of(scene, number)
    assert review["commit_id"] == sha
    assert f"The pull request is at `{now[:7]}` by now. This review is of `{sha[:7]}`" in review["body"]
    assert "asked for `review`" in review["body"]
    assert len(comments_of(scene, number)) == 1
    assert len(scene.harvest.jobs(number)) == 1

    # The next one is of the commit now, which somebody pushes over.
    scene.comment(number, "/harvest review")
    job = scene.wait_for_step(number, "run_agent", number=2)
    scene.maintainer.patch(f"{scene.repo}/git/refs/heads/meanwhile", {"sha": sha, "force": True})
    scene.let_go(job)
    assert scene.wait_for_end(number, number=2).outcome == "succeeded"
    review = reviews_of(scene, number)[1]
    assert f"The pull request is at `{sha[:7]}` by now. This review is of `{now[:7]}`" in review["body"]
    assert "- **BLOCKER** `meanwhile.py:6`" in review["body"]
    assert len(comments_of(scene, number)) == 1


@pytest.mark.campaign
def test_a_reviewer_that_fails_says_nothing_against_the_pull_request(scene: Scene) -> None:
    pull = open_pull(scene, "unread")
    number, sha = pull["number"], pull["head"]["sha"]
    scene.comment(number, "/harvest review\n\n```say\nAll is well.\n```")
    job = scene.wait_for_end(number)
    assert job.outcome == "failed"
    assert reviews_of(scene, number) == []
    run = run_of(scene, sha, job.id)
    assert run["conclusion"] == "neutral"
    (end,) = scene.ends(number)
    assert "The review failed, which says nothing for or against the pull request." in end
    assert "can't be read as a review, because there is no JSON in it" in end


@pytest.mark.campaign
def test_the_pull_request_of_an_issue_is_reviewed_from_there_and_its_author_knows_what_was_found(scene: Scene) -> None:
    issue = scene.open_issue("Nothing to review yet", instructions(commit("own.txt", "one")))
    none = "There is nothing to review here: this issue has no pull request of Harvest's."
    assert none in answer(scene, issue, "/harvest review")
    assert scene.harvest.jobs(issue) == []

    scene.label(issue)
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    finding = {**WRONG, "line": 1, "start_line": None, "suggestion": None}
    scene.comment(issue, f"/harvest review\n\n{reviewing([finding], 'own.txt')}")
    job = scene.wait_for_end(issue, number=2)
    assert job.outcome == "succeeded", job.ending
    assert job.result_of("compose_prompt")["resume"] is False
    (review,) = reviews_of(scene, pull["number"])
    assert [one["line"] for one in comments_of(scene, pull["number"])] == [1]
    assert f"@mira-okafor Reviewed (1 BLOCKER): [the review]({review['html_url']})." in scene.ends(issue)[1]

    scene.comment(issue, f"/harvest fix that\n\n{instructions(commit('own.txt', 'two'))}")
    prompt = scene.wait_for_end(issue, number=3).result_of("compose_prompt")
    assert prompt["resume"] is True
    assert "A reviewer has looked at the pull request since you were asked last" in prompt["text"]
    assert "`double` triples" in prompt["text"]


@pytest.fixture(scope="module")
def fork(scene_of_the_module: Scene) -> str:
    """An outsider's, `owner/name`."""
    outsider, repo = scene_of_the_module.github.outsider, scene_of_the_module.repo
    return str(outsider.post(f"{repo}/forks", {})["full_name"])


class TestAForksPullRequest:
    """Nobody but the fork's people can push there."""

    def opened(self, scene: Scene, fork: str, branch: str, files: dict[str, str]) -> dict[str, Any]:
        outsider = scene.github.outsider
        scene.github.push(fork, branch, files, outsider)
        new = {"title": f"From outside: {branch}", "head": f"{outsider.login}:{branch}", "base": "main"}
        pull: dict[str, Any] = outsider.post(f"{scene.repo}/pulls", new)
        return pull

    @pytest.mark.further
    def test_it_is_answered_reviewed_and_worked_on_beside(self, scene: Scene, fork: str) -> None:
        pull = self.opened(scene, fork, "harvest-it", {"outside.txt": "from outside\n"})
        number, sha = pull["number"], pull["head"]["sha"]
        # What the agent sees is what the fork has.
        scene.comment(number, "/harvest ask what is in it?\n\n```sh\ngrep -q 'from outside' outside.txt || kill -9 $PPID\n```")
        assert scene.wait_for_end(number).outcome == "succeeded", scene.ends(number)

        finding = {**ELSEWHERE, "path": "outside.txt"}
        scene.comment(number, f"/harvest review\n\n{reviewing([finding])}")
        assert scene.wait_for_end(number, number=2).outcome == "succeeded", scene.ends(number)
        (review,) = reviews_of(scene, number)
        assert review["commit_id"] == sha
        assert [one["path"] for one in comments_of(scene, number)] == ["outside.txt"]

        scene.comment(number, f"/harvest finish it\n\n{instructions(commit('outside.txt', 'and more'))}")
        job = scene.wait_for_end(number, number=3)
        assert job.outcome == "succeeded", job.ending
        (ours,) = scene.pulls_of(number)
        assert (ours["base"]["ref"], ours["draft"]) == ("main", True)
        files = scene.maintainer.get(f"{scene.repo}/pulls/{ours['number']}/files")
        assert [(one["filename"], one["additions"]) for one in files] == [("outside.txt", 2)]
        assert "### Files it changed (+2 -0)" in ours["body"]
        assert f"A GitHub App can't push to a fork (`{fork}:harvest-it`)" in scene.comments(number)[0]
        assert scene.pull(number)["head"]["sha"] == sha
        assert len(scene.harvest.jobs(number)) == 3

    @pytest.mark.campaign
    def test_a_plan_for_it_is_void_once_it_moved_and_carried_out_beside_it(self, scene: Scene, fork: str) -> None:
        pull = self.opened(scene, fork, "to-plan", {"planned.txt": "from outside\n"})
        number = pull["number"]
        scene.comment(number, f"/harvest plan the rest\n\n{planning(a_plan('First'))}")
        assert scene.wait_for_end(number).outcome == "succeeded", scene.ends(number)
        told = f"can't push to a fork (`{fork}:to-plan`): once this is approved, the work gets a branch here"
        assert any(told in said for said in scene.comments(number))
        scene.github.push(fork, "to-plan", {"planned.txt": "and more\n"}, scene.github.outsider)
        assert "has moved since it was made" in answer(scene, number, "/harvest approve v1")

        better = a_plan("Second", commit("ours.txt"))
        scene.comment(number, f"/harvest revise\n\n{planning(better)}")
        assert scene.wait_for_end(number, number=2).outcome == "succeeded", scene.ends(number)
        scene.comment(number, "/harvest approve v2")
        assert scene.wait_for_end(number, number=3).outcome == "succeeded", scene.ends(number)
        (ours,) = scene.pulls_of(number)
        files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{ours['number']}/files")]
        assert {"ours.txt", "planned.txt"} < set(files)

    def test_its_workflows_are_not_brought_here(self, scene: Scene, fork: str) -> None:
        pull = self.opened(scene, fork, "workflows", {".github/workflows/evil.yml": "on: push\n"})
        scene.comment(pull["number"], f"/harvest finish it\n\n{instructions(commit('more.txt'))}")
        job = scene.wait_for_end(pull["number"])
        assert job.outcome == "refused"
        (end,) = scene.ends(pull["number"])
        assert "changes workflows, which would run with this repository's secrets" in end
        assert scene.pulls_of(pull["number"]) == []
        scene.github.control("DELETE", f"repos/{fork}")
        assert "`/harvest rebase` does not work" in answer(scene, pull["number"], "/harvest rebase")
