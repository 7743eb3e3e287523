"""Work that may not be published where it was meant for: nothing is pushed over anybody's, and whoever asked can take it with
the commands that they are told.

What people are told to run is run here, with git, in a clone of what GitHub has.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.github_service import Person
from tests.scene import HOLD, Scene, commit, eventually, instructions
from tests.service.branches import pull, sha
from tests.service.refused_work import A_WORKFLOW, WORKFLOW, block, follow, git, grant

LARGE = "seq 1 9000 > large.txt && git add large.txt && git commit -q -m 'Something large'\n"


def files_on(scene: Scene, branch: str, base: str = "main") -> list[str]:
    compared = scene.maintainer.get(f"{scene.repo}/compare/{base}...{branch}")
    return sorted(file["filename"] for file in compared["files"])


@pytest.mark.further
def test_a_workflow_file_is_not_pushed_and_the_patch_with_its_commands_is_told(scene: Scene, clone: Path) -> None:
    issue = scene.ask("Add a workflow", A_WORKFLOW + commit("beside.txt"))
    assert scene.wait_for_end(issue).outcome == "refused"
    assert scene.pulls_of(issue) == []
    (end,) = scene.ends(issue)
    assert f"`{WORKFLOW}` is a workflow file" in end
    (comment,) = scene.comments(issue)
    assert "**Kept:** 2 commits in 2 files, not published, as a patch. The commands that take it are in" in comment

    follow(end, clone)
    (mine,) = [name for name in branches(scene) if name.startswith("harvest-")]
    assert files_on(scene, mine) == [WORKFLOW, "beside.txt"]

    # What the next request does takes nothing away.
    scene.comment(issue, f"/harvest without it\n\n{instructions(commit('beside.txt'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    assert scene.ends(issue)[0] == end


@pytest.mark.campaign
def test_what_is_too_large_for_a_comment_stands_on_a_branch_without_what_was_refused(scene: Scene, clone: Path) -> None:
    issue = scene.ask("Add a workflow and much else", A_WORKFLOW + LARGE)
    assert scene.wait_for_end(issue).outcome == "refused"
    (end,) = scene.ends(issue)
    (branch,) = [name for name in branches(scene) if name.startswith(f"harvest/{issue}-kept-")]
    assert files_on(scene, branch) == ["large.txt"]
    assert f"`{branch}`, which is in no pull request yet. What was refused (1 file) is kept as a patch." in end
    assert f"compare/main...{branch}?expand=1" in end

    follow(end, clone)
    assert files_on(scene, branch) == [WORKFLOW, "large.txt"]


@pytest.mark.campaign
def test_a_file_that_is_too_large_to_be_published_is_kept_and_so_is_the_work_beside_it(scene: Scene, clone: Path) -> None:
    script = "truncate -s 30M huge.bin && git add huge.bin && git commit -q -m 'Something huge'\n" + commit("beside.txt")
    issue = scene.ask("Add something huge", script)
    job = scene.wait_for_end(issue)
    assert job.outcome == "refused"
    (end,) = scene.ends(issue)
    assert "`huge.bin` has 31.5 MB and at most 26.2 MB are published: ask for it to be left out." in end
    (branch,) = [name for name in branches(scene) if name.startswith(f"harvest/{issue}-kept-")]
    assert files_on(scene, branch) == ["beside.txt"]
    command = [sys.executable, "-m", "github_app", "jobs", job.id, "--bundle", "harvest.bundle"]
    assert f"`harvest jobs {job.id} --bundle harvest.bundle` writes it to a file" in end
    subprocess.run(command, cwd=clone, env=scene.harvest.env, check=True, capture_output=True)
    follow(end, clone)
    assert files_on(scene, f"harvest-{job.id[:8]}") == ["beside.txt", "huge.bin"]


@pytest.mark.campaign
def test_what_is_too_large_and_refused_as_a_whole_is_with_the_operator(scene: Scene, clone: Path) -> None:
    script = f"mkdir -p .github/workflows && seq 1 9000 > {WORKFLOW} && git add . && git commit -q -m 'A large workflow'\n"
    issue = scene.ask("Add a large workflow", script)
    job = scene.wait_for_end(issue)
    (end,) = scene.ends(issue)
    said = re.search(r"`harvest (jobs \S+ --bundle harvest\.bundle)` writes it to a file", end)
    assert said is not None, end
    assert job.id in said[1]
    command = [sys.executable, "-m", "github_app", *said[1].split()]
    subprocess.run(command, cwd=clone, env=scene.harvest.env, check=True, capture_output=True)

    follow(end, clone)
    assert files_on(scene, f"harvest-{job.id[:8]}") == [WORKFLOW]


def test_a_branch_that_was_force_pushed_while_the_agent_worked_is_left_and_the_work_has_a_branch_of_its_own(
    scene: Scene, clone: Path
) -> None:
    scene.github.push(scene.github.repository, "topic", {"topic.txt": "theirs"}, scene.maintainer)
    number = pull(scene, "topic", "main")
    scene.comment(number, f"/harvest add one\n\n{instructions(HOLD + commit('one.txt') + LARGE)}")
    job = scene.wait_for_step(number, "run_agent")
    git(clone, "switch", "--quiet", "--create", "topic", "origin/main")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "Begun anew")
    git(clone, "push", "--quiet", "--force", "origin", "topic")
    theirs = sha(scene, "topic")
    scene.let_go(job)
    assert scene.wait_for_end(number).outcome == "refused"

    assert sha(scene, "topic") == theirs
    (end,) = scene.ends(number)
    assert "the branch 'topic' was changed by somebody else in the meantime, and nothing was overwritten" in end
    assert f"harvest/{number}-kept-{job.id[:8]}" in branches(scene)

    follow(end, clone)
    assert files_on(scene, "topic") == ["large.txt", "one.txt"]
    assert git(clone, "log", "--format=%s", "-3") == "Something large\nAdd something\nBegun anew"


@pytest.mark.campaign
def test_a_branch_that_became_protected_while_the_agent_worked_gets_nothing_and_the_patch_is_told(
    scene: Scene, clone: Path
) -> None:
    scene.github.push(scene.github.repository, "guarded", {"guarded.txt": "theirs"}, scene.maintainer)
    number = pull(scene, "guarded", "main")
    scene.comment(number, f"/harvest add one\n\n{instructions(HOLD + commit('one.txt'))}")
    job = scene.wait_for_step(number, "run_agent")
    rule = {"type": "update"}
    only = {"ref_name": {"include": ["refs/heads/guarded"], "exclude": []}}
    scene.github.control("POST", f"repos/{scene.github.repository}/rulesets", {"rules": [rule], "conditions": only})
    theirs = sha(scene, "guarded")
    scene.let_go(job)
    assert scene.wait_for_end(number).outcome == "refused"
    (end,) = scene.ends(number)
    assert "the repository's rules do not allow it" in end
    assert "one.txt" in block("diff", end)
    assert sha(scene, "guarded") == theirs


@pytest.mark.further
def test_workflow_files_take_the_settings_a_grant_and_a_person_who_maintains(scene: Scene) -> None:
    """The one who may only write has it made, the one who maintains reads the patch and publishes just that."""
    writer = scene.github.add_person("wren-writer")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{writer.login}", {"role": "write"})
    script = instructions(A_WORKFLOW, "Add a workflow\n\nIt runs on each push.")
    issue = scene.open_issue("Add a workflow that is wanted", script)

    def refused(by: Person, said: str) -> str:
        before = len(scene.comments(issue))
        scene.comment(issue, f"/harvest --allow-workflows {said}", by=by)
        return eventually(lambda: scene.comments(issue)[before:], "the refusal")[0]

    assert "takes `allow_workflows: true` in `.github/harvest.yml` on the default branch" in refused(scene.maintainer, "do it")
    settings = {".github/harvest.yml": "allow_workflows: true\n"}
    scene.github.push(scene.github.repository, "main", settings, scene.maintainer)
    assert "takes `workflows: write`, which the App was not granted here" in refused(scene.maintainer, "do that")
    grant(scene, workflows="write")
    said = refused(writer, "do this")
    assert "takes the role maintain or admin, which `wren-writer` does not have here" in said
    assert f"somebody with that role, such as `{scene.maintainer.login}`" in said
    assert scene.harvest.jobs(issue) == []

    scene.comment(issue, f"/harvest do it without\n\n{script}", by=writer)
    assert scene.wait_for_end(issue).outcome == "refused"
    (end,) = scene.ends(issue)
    assert f"such as `{scene.maintainer.login}`, can publish it as it is: `/harvest publish --allow-workflows`." in end
    scene.comment(issue, "/harvest publish", by=writer)
    assert scene.wait_for_end(issue, number=2).outcome == "refused", "that is no way round"
    assert scene.pulls_of(issue) == []

    scene.comment(issue, "/harvest publish --allow-workflows")
    assert scene.wait_for_end(issue, number=3).outcome == "succeeded", scene.comments(issue)
    (pull,) = scene.pulls_of(issue)
    files = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert [file["filename"] for file in files] == [WORKFLOW]
    assert pull["title"] == "Add a workflow"
    assert "It runs on each push." in pull["body"]
    (published,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert f"Co-Authored-By: {writer.login} <" in published["commit"]["message"]
    assert scene.harvest.jobs(issue)[2].results_of("run_agent") == [], "what was read is what is published"

    scene.comment(issue, "/harvest publish")
    assert scene.wait_for_end(issue, number=4).outcome == "no_change"
    assert "Nothing is kept here that could be published." in scene.ends(issue)[-1]
    scene.comment(issue, "/harvest undo")
    assert scene.wait_for_end(issue, number=5).outcome == "refused", "it touches a workflow file as well"
    assert "can publish it as it is: `/harvest undo --allow-workflows`." in scene.ends(issue)[-1]


@pytest.mark.campaign
def test_a_permission_that_was_taken_away_is_named_and_the_work_is_published_once_it_is_back(scene: Scene) -> None:
    issue = scene.ask("Without a permission", HOLD + commit("permitted.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    grant(scene, contents="read")
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "failed"
    (end,) = scene.ends(issue)
    assert "the App was not granted `contents: write`" in end
    (comment,) = scene.comments(issue)
    assert "permitted.txt" in block("diff", comment)
    assert [name for name in branches(scene) if name.startswith(f"harvest/{issue}-")] == []

    grant(scene, contents="write")
    scene.comment(issue, "/harvest publish")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded", scene.comments(issue)
    (pull,) = scene.pulls_of(issue)
    assert files_on(scene, pull["head"]["ref"]) == ["permitted.txt"]


@pytest.mark.campaign
def test_a_base_branch_that_was_deleted_while_the_agent_worked_is_said_and_the_work_has_a_branch(
    scene: Scene, clone: Path
) -> None:
    scene.github.push(scene.github.repository, "release", {"release.txt": "1"}, scene.maintainer)
    issue = scene.open_issue("Into a release", "Please.")
    scene.comment(issue, f"/harvest --base release do it\n\n{instructions(HOLD + commit('late.txt'))}")
    job = scene.wait_for_step(issue, "run_agent")
    scene.maintainer.delete(f"{scene.repo}/git/refs/heads/release")
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "refused"
    (end,) = scene.ends(issue)
    assert "the branch 'release', into which it was to go, was deleted in the meantime" in end
    assert scene.pulls_of(issue) == []
    follow(end, clone)
    assert "late.txt" in git(clone, "show", "--name-only", "--format=", "HEAD")


@pytest.mark.campaign
@pytest.mark.parametrize("way", ["transfer", "convert", "delete"])
def test_an_issue_that_is_not_there_any_more_starts_nothing(scene: Scene, way: str) -> None:
    """Between its comment and its being read."""
    issue = scene.open_issue(f"To {way}", instructions(commit("never.txt")))
    elsewhere = {"to": scene.github.add_repository(f"for-{way}").partition("/")[2]} if way == "transfer" else {}
    scene.harvest.kill()
    scene.comment(issue, "/harvest")
    path, asked = f"repos/{scene.github.repository}/issues/{issue}", {"sender": scene.maintainer.login, **elsewhere}
    scene.github.control(*(("DELETE", path) if way == "delete" else ("POST", f"{path}/{way}")), asked)
    scene.harvest.start()
    note = "not queued: the conversation is locked" if way == "convert" else "was deleted or transferred since"
    eventually(lambda: [said for said in scene.handled() if note in said], "the note")
    assert scene.harvest.jobs(issue) == []


@pytest.mark.further
def test_what_nobody_has_read_is_not_published_in_the_place_of_what_was_read(scene: Scene) -> None:
    issue = scene.ask("Read before it is published", A_WORKFLOW)
    assert scene.wait_for_end(issue).outcome == "refused"
    scene.comment(issue, f"/harvest do another one\n\n{instructions(HOLD + A_WORKFLOW)}")
    another = scene.wait_for_step(issue, "run_agent", number=2)
    scene.comment(issue, "/harvest publish")
    scene.wait_for_job(issue, number=3)
    wait_for_the_next_second()
    scene.let_go(another)
    assert scene.wait_for_end(issue, number=3).outcome == "refused"
    assert "What is kept here was made after you wrote this, so nothing was published." in scene.ends(issue)[-1]
    assert scene.harvest.jobs(issue)[2].results_of("find_kept_work") == []


def wait_for_the_next_second() -> None:
    """GitHub's times are no finer."""
    now = int(time.time())
    eventually(lambda: int(time.time()) > now, "the next second")


def branches(scene: Scene) -> list[str]:
    return [branch["name"] for branch in scene.maintainer.get(f"{scene.repo}/branches", per_page=100)]
