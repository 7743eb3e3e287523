"""watch: a pull request is kept mergeable, by jobs of its own, until something ends that."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.requests import talk
from tests.scene import HOLD, Scene, eventually, instructions, running_scene

WORKFLOW = """
name: Tests
on: [push]
jobs:
  tests:
    steps:
      - uses: actions/checkout@v4
      - name: Run the tests
        run: sh tests.sh
"""
GREEN = "echo fine"
# What asks the model for one token, which costs a little.
SPEND = """
python3 -c "
import json, os, urllib.request
body = {'model': 'claude-opus-5-5', 'max_tokens': 1, 'messages': [{'role': 'user', 'content': 'hello'}]}
url, headers = os.environ['ANTHROPIC_BASE_URL'] + '/v1/messages', {'x-api-key': os.environ['ANTHROPIC_API_KEY']}
urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).read()
"
"""
SOLVE = (
    "git rebase -q origin/main || { printf 'theirs\\nours\\n' > both.txt; git add both.txt; "
    "GIT_EDITOR=true git rebase --continue; }\n"
)


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    """A GitHub whose workflows run, and a Harvest that does not wait long for the last thing to happen."""
    settings = {"HARVEST_WATCH_SETTLE_SECONDS": "0.5", "HARVEST_WATCH_TRIES": "2", "HARVEST_WATCH_BUDGET_USD": "3"}
    folder = tmp_path_factory.mktemp("scene")
    with running_scene(folder, backend, env=settings, github_options=("--run-workflows",)) as scene:
        yield scene


def red(cure: str, error: str = "Expected 60, got 100") -> str:
    """Tests that fail, and whose log says to the scripted agent what mends them."""
    told = instructions(cure).replace("\n", "\\n").replace("'", "'\\''")
    return f"printf '{told}\\n'; echo '::error file=seconds.py,line=3::{error}'; exit 1"


def write(script: str) -> str:
    """The scripted agent gives the tests another text."""
    encoded = base64.b64encode(script.encode()).decode()
    return f"echo {encoded} | base64 -d > tests.sh && git commit -qam 'Mend the unit'\n"


def open_pull(scene: Scene, branch: str, script: str, body: str = "") -> dict[str, Any]:
    files = {".github/workflows/tests.yml": WORKFLOW, "tests.sh": script}
    scene.github.push(scene.github.repository, branch, files, scene.maintainer)
    return pull_of(scene, branch, body)


def pull_of(scene: Scene, branch: str, body: str = "") -> dict[str, Any]:
    opened: dict[str, Any] = scene.maintainer.post(
        f"{scene.repo}/pulls", {"title": f"Try {branch}", "head": branch, "base": "main", "body": body}
    )
    return opened


def mentioned(scene: Scene, number: int) -> int:
    """How often the maintainer was notified because of a mention there."""
    return sum(one["number"] == number and one["reason"] == "mention" for one in scene.github.told(scene.maintainer))


def test_what_is_red_is_made_green_by_one_job_also_when_the_power_fails(scene: Scene) -> None:
    name = scene.maintainer.login
    number = open_pull(scene, "red", red(HOLD + write(GREEN)))["number"]
    scene.comment(number, "/harvest watch --until green --budget 2")
    begun = scene.wait_for_comment(number, "is watched from now on, until it can be merged")
    assert "All of them may spend $2.00, with at most 2 jobs for one commit. `/harvest watch off` ends it." in begun
    job = scene.wait_for_step(number, "run_agent")
    scene.harvest.restart()
    scene.comment(number, "/harvest watch --budget 2.50")
    standing = scene.wait_for_comment(number, "has been watched since")
    assert f"as `{name}` asked for, until it can be merged. 1 job so far, $0.00 of $2.50." in standing
    scene.comment(number, "/harvest watch list")
    assert f"| #{number} | `{name}` |" in scene.wait_for_comment(number, "| pull request | asked for by |")
    scene.let_go(job)

    ended = scene.wait_for_comment(number, "This can be merged")
    head = scene.pull(number)["head"]["sha"]
    assert f"On `{head[:7]}` 2 checks passed, and nothing conflicts with `main`." in ended
    assert ended.endswith("This pull request is not watched any more.\n\n<sub>1 job so far, $0.00 of $2.50.</sub>")
    assert f"@{name} " in ended
    assert mentioned(scene, number) == 1
    assert [one.outcome for one in scene.harvest.jobs(number)] == ["succeeded"]
    assert scene.ends(number) == [], "the watch tells of its jobs"
    assert f"`{name}` asked for `fix 1 failing check (watch)" in "".join(scene.comments(number))


@pytest.mark.campaign
def test_a_conflict_is_solved_and_the_watch_goes_on_until_it_is_merged(scene: Scene) -> None:
    """Harvest rebases nothing but its own commits: so they are the App's."""
    app, main = scene.github.as_installation(), scene.maintainer.get(f"{scene.repo}/git/ref/heads/main")
    app.post(f"{scene.repo}/git/refs", {"ref": "refs/heads/both", "sha": main["object"]["sha"]})
    file = {"message": "Ours", "content": base64.b64encode(b"ours\n").decode(), "branch": "both"}
    app.put(f"{scene.repo}/contents/both.txt", file)
    number = pull_of(scene, "both", instructions(SOLVE))["number"]
    scene.comment(number, "/harvest watch")
    scene.wait_for_comment(number, "is watched from now on, until it is merged or closed")
    scene.github.push(scene.github.repository, "main", {"both.txt": "theirs\n"}, scene.maintainer, "Theirs")

    scene.wait_for_comment(number, "This can be merged, as far as checks and conflicts go. On `")
    (job,) = scene.harvest.jobs(number)
    assert (job.outcome, scene.pull(number)["mergeable"]) == ("succeeded", True)
    scene.maintainer.put(f"{scene.repo}/pulls/{number}/merge")
    assert f"@{scene.maintainer.login} Merged. This pull request is not watched any more." in scene.wait_for_comment(
        number, "Merged."
    )


@pytest.mark.campaign
def test_a_review_thread_is_answered_and_waits_for_people_then(scene: Scene) -> None:
    said = (
        f"Look\n\nIt is so.\n\n```json\n{json.dumps([{'thread': 1, 'outcome': 'answered', 'say': 'It counts from 1.'}])}\n```"
    )
    pull = open_pull(scene, "threads", GREEN, f"````say\n{said}\n````")
    number = pull["number"]
    scene.comment(number, "/harvest watch")
    scene.wait_for_comment(number, "is watched from now on")
    for by in (scene.github.reader, scene.maintainer):
        place = {"commit_id": pull["head"]["sha"], "path": "tests.sh", "line": 1, "side": "RIGHT"}
        by.post(f"{scene.repo}/pulls/{number}/comments", {"body": f"{by.login} asks why.", **place})

    mended = scene.wait_for_comment(number, "This can be merged, as far as checks and conflicts go.")
    assert "2 checks passed, and nothing conflicts with `main`. 2 review threads are not resolved yet." in mended
    (job,) = scene.harvest.jobs(number)
    prompt = job.result_of("compose_prompt")["text"]
    assert f"{scene.maintainer.login} asks why." in prompt
    assert f"{scene.github.reader.login} asks why." not in prompt, "who may not decide here starts no job"


@pytest.mark.campaign
def test_when_the_tries_are_used_up_or_the_money_is_spent_it_ends_and_says_so(scene: Scene) -> None:
    """One fails twice; the other one's first fix costs all that it may, and leaves something else that fails."""
    scene.model.play(talk())
    tries = open_pull(scene, "tries", red("exit 0", "Nobody knows").replace("sh\\nexit 0", "raw\\nbroken"))["number"]
    spent = open_pull(scene, "spent", red(SPEND + write(red("exit 0", "Expected 60, got 3600"))))["number"]
    scene.comment(tries, "/harvest watch")
    scene.comment(spent, "/harvest watch --budget 0.01")

    ended = scene.wait_for_comment(tries, "the tries are used up")
    assert "2 jobs for this commit did not get it mergeable" in ended
    assert "**The last one:** This did not work." in ended
    assert "`/harvest watch` starts it again." in ended
    assert [one.outcome for one in scene.harvest.jobs(tries)] == ["failed", "failed"]
    assert "Something fails, and the watch has spent its $0.0100." in scene.wait_for_comment(spent, "has spent")
    assert [one.outcome for one in scene.harvest.jobs(spent)] == ["succeeded"]


@pytest.mark.further
def test_it_is_switched_off_where_it_is_or_all_at_once_and_by_stop(scene: Scene) -> None:
    name = scene.maintainer.login
    pulls = [open_pull(scene, f"off{number}", GREEN)["number"] for number in range(3)]
    for pull in pulls:
        scene.comment(pull, "/harvest watch")
        scene.wait_for_comment(pull, "is watched from now on")
    scene.comment(pulls[0], "/harvest watch off")
    ended = scene.wait_for_comment(pulls[0], "has ended the watch")
    assert f"@{name} `{name}` has ended the watch. This pull request is not watched any more." in ended
    scene.comment(pulls[1], "/harvest stop")
    scene.wait_for_comment(pulls[1], f"`{name}` has ended the watch.")
    issue = scene.open_issue("All of them")
    scene.comment(issue, "/harvest watch off --all")
    assert f"#{pulls[2]}. What was started there goes on." in scene.wait_for_comment(issue, "No longer watched")
    scene.wait_for_comment(pulls[2], f"`{name}` has ended the watch.")
    scene.comment(issue, "/harvest watch list")
    scene.wait_for_comment(issue, "No pull request is watched in this repository.")
    scene.comment(pulls[0], "/harvest watch --budget 4")
    scene.wait_for_comment(pulls[0], "A watch may spend $3.00 here, which is less than $4. Nothing was started.")
    assert scene.harvest.jobs(pulls[0]) == []


@pytest.mark.further
def test_nothing_is_started_by_a_look_during_which_it_was_stopped(scene: Scene) -> None:
    number = open_pull(scene, "stopped", GREEN)["number"]
    scene.comment(number, "/harvest watch")
    scene.wait_for_comment(number, "is watched from now on")
    scene.github.fault("delay", method="GET", path="/repos/*/actions/jobs/*/logs", delay_seconds=8)
    since = time.time()
    scene.github.push(scene.github.repository, "stopped", {"tests.sh": red(write(GREEN))}, scene.maintainer)

    def is_looking() -> bool:
        asked = scene.github.requests(since)["requests"]
        return any(one["path"].endswith("/annotations") for one in asked)

    eventually(is_looking, "a look that reads the failing check")
    scene.comment(number, "/harvest stop")
    scene.wait_for_comment(number, "has ended the watch.")
    looked_after = "SELECT 1 FROM watches WHERE pull_number = ? AND told_at IS NOT NULL"
    eventually(lambda: scene.harvest.query(looked_after, number), "the end of that look, and the word after it")
    assert scene.harvest.jobs(number) == []
