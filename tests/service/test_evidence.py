"""The tests of an agent's work, as people are told of them: what Harvest ran itself and on which files, what it saw in the
agent's shell, and what the agent only says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from github_app.replies.evidence import CLAIM, IN_THE_SHELL_ALONE
from github_app.settings.repository import SETTINGS_FILE
from tests.scene import Scene, eventually, instructions, running_scene
from tests.service.backends import on_both_in_the_campaign

SETTINGS = "test: [sh ci/test.sh]\ntest_report: ['reports/*.xml']\n"
# Red until the answer is right; it waits where it is told to, and hangs where it is told that.
TEST = """
if [ -e ~/hold ]; then touch ~/started; until [ -e ~/go ]; do sleep 0.05; done; fi
mkdir -p reports; case='<testcase classname="answer" name="is_right">'
if grep -qs right answer.txt; then
  echo "<testsuite>$case</testcase></testsuite>" > reports/a.xml
else
  echo "<testsuite>$case<failure message='it is wrong'/></testcase></testsuite>" > reports/a.xml
  echo "token ghp_0123456789abcdefghijklmnopqrstuvwxyz" >&2; exit 3
fi
"""

# Calls the tool as the CLI would.
PROGRAM = """
import json, os, pathlib, threading, time, urllib.request
words = open(f"/proc/{os.popen('ps -o ppid= -p %d' % os.getppid()).read().strip()}/cmdline").read().split(chr(0))
url = json.loads(words[words.index("--mcp-config") + 1])["mcpServers"]["harvest"]["url"]
headers = {"content-type": "application/json", "accept": "application/json, text/event-stream",
           "authorization": "Bearer " + os.environ["HARVEST_TOOLS_TOKEN"]}
def run(**arguments):
    params = {"name": "run_tests", "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    answer = json.loads(urllib.request.urlopen(urllib.request.Request(url, body, headers)).read())["result"]
    print(answer["isError"], answer["content"][0]["text"].split("\\n", 1)[1].rpartition("\\n")[0].replace("\\n", "|"))
home = pathlib.Path.home()
"""
RED_THEN_GREEN = f"""
pytest() {{ echo 100 passed; }}; pytest
python3 - <<'PROGRAM' > ~/said
{PROGRAM}
run()
open("answer.txt", "w").write("right\\n")
run(arguments=["it's; exit 1"])
(home / "hold").touch()
first = threading.Thread(target=run)
first.start()
while not (home / "started").exists():
    time.sleep(0.05)
run()
(home / "go").touch()
first.join()
PROGRAM
git add answer.txt && (echo "Give the right answer"; echo; cat ~/said) | git commit -q -F -
"""
FAKED = "echo x > answer.txt && git add answer.txt && git commit -q -m Answer; pytest() { echo 100 passed; }; pytest"


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), backend) as scene:
        files = {SETTINGS_FILE: SETTINGS, "ci/test.sh": TEST, ".gitignore": "reports/\n"}
        scene.github.push(scene.github.repository, "main", files, scene.maintainer)
        yield scene


@pytest.mark.further
@on_both_in_the_campaign
def test_what_harvest_ran_is_its_own_statement_with_the_tree_that_was_pushed(scene: Scene) -> None:
    issue = scene.open_issue("Answer", instructions(RED_THEN_GREEN, "Answer\n\nAll tests pass."))
    scene.label(issue)
    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    commit = scene.maintainer.get(f"{scene.repo}/commits/{pull['head']['sha']}")["commit"]
    red, partial, busy, green = commit["message"].splitlines()[2:6]
    assert red.startswith("False Exit code 3, after")
    assert "|1 tests, 1 failed, 0 skipped.|- answer::is_right: it is wrong|" in red
    assert red.endswith("|What it wrote:|token [redacted]")
    assert "sh ci/test.sh 'it'\"'\"'s; exit 1'" in partial
    assert busy.startswith("True Tests are running already, by another call of this tool: wait for its answer. This one ran n")
    assert busy.endswith(" If that call was cut off without one, Harvest was restarted: try again in half a minute.")
    assert green.startswith("False Exit code 0, after")

    tree = commit["tree"]["sha"][:12]
    statement = f"Tests pass: Harvest ran `sh ci/test.sh` on what is published (tree `{tree}`), exit code 0, "
    (check,) = scene.check_runs(pull["head"]["sha"])
    (comment,) = scene.comments(issue)
    assert [text for text in (pull["body"], check["output"]["text"], comment) if statement not in text] == []
    told = pull["body"]
    assert "| 3 | `sh ci/test.sh` | Harvest | 20" in told
    assert "| others (tree `" in told
    assert " (a part) | Harvest | 20" in told
    assert "| 0, of the whole line | `pytest() {" in told
    assert "| the agent, in its shell | 20" in told
    assert told.count(f"| what is published (tree `{tree}`) |") == 3
    assert CLAIM in told
    rows = "SELECT source, number, exit_code, whole, tree, failed FROM evidence WHERE job_id = ? ORDER BY source, number"
    runs = scene.harvest.query(rows, job.id)
    assert [run[:4] for run in runs] == [("harvest", 1, 3, 1), ("harvest", 2, 0, 0), ("harvest", 3, 0, 1), ("shell", 1, 0, 0)]
    assert runs[0][5] == '["answer::is_right"]'
    assert runs[2][4] == commit["tree"]["sha"]


@pytest.mark.further
@on_both_in_the_campaign
def test_a_shell_that_says_passed_is_shown_as_that_and_no_more(scene: Scene) -> None:
    issue = scene.open_issue("Pretend", instructions(FAKED, "Answer\n\n100 tests passed."))
    scene.label(issue)
    assert scene.wait_for_end(issue).outcome == "succeeded"

    (pull,) = scene.pulls_of(issue)
    assert IN_THE_SHELL_ALONE in pull["body"]
    assert "Harvest ran `" not in pull["body"]
    assert "| the agent, in its shell |" in pull["body"]


@pytest.mark.campaign
@on_both_in_the_campaign
def test_stop_ends_what_runs(scene: Scene) -> None:
    hangs = f"touch ~/hold\npython3 - <<'PROGRAM'\n{PROGRAM}\nrun()\nPROGRAM\n"
    issue = scene.ask("Hang", hangs)
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has(job.session, "started"), "the tests at work")
    scene.comment(issue, "/harvest stop")
    ended = scene.wait_for_end(issue)

    assert ended.outcome == "stopped"
    ((exit_code, ended_at),) = scene.harvest.query("SELECT exit_code, ended_at FROM evidence WHERE job_id = ?", job.id)
    assert exit_code is None
    assert ended_at is not None
