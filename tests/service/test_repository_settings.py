"""What a repository sets for itself, as its people see it: by which branch it counts, and used as a whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.gateway.requests import talk
from tests.scene import HOLD, Scene, commit, eventually, instructions, running_scene
from tests.service.branches import content

# What the agent was called with and told, and what the gateway says to a request for a model.
LOOK_AROUND = """
tr '\\0' '\\n' < /proc/$PPID/cmdline > called.txt
printf '%s' "$RULES" > told.txt
git add called.txt told.txt && git commit -q -m 'Look around'
"""
ASK_FOR = """
python3 -c "
import json, os, urllib.request
body = {'model': '%s', 'max_tokens': 1, 'messages': [{'role': 'user', 'content': 'hello'}]}
url, headers = os.environ['ANTHROPIC_BASE_URL'] + '/v1/messages', {'x-api-key': os.environ['ANTHROPIC_API_KEY']}
try: print(urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).status)
except urllib.error.HTTPError as error: print(error.code, error.read().decode())
" >> asked.txt; git add asked.txt; git commit -q -m Ask
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene")) as scene:
        yield scene


def write(scene: Scene, files: dict[str, str], branch: str = "main") -> None:
    """A maintainer commits these."""
    scene.github.push(scene.github.repository, branch, files, scene.maintainer)


def test_a_job_goes_by_the_settings_of_its_base_branch_and_the_limits_of_the_default_branch(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "base_branch: develop\nmodel: opus\nlimits: {turns: 7, minutes: 900}\n"})
    write(scene, {SETTINGS_FILE: "draft: false\ninstructions: [RULES.md]\nmodel: haiku\n", "RULES.md": "Be kind."}, "develop")

    issue = scene.ask("On another base", LOOK_AROUND)

    assert scene.wait_for_end(issue).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    assert (pull["base"]["ref"], pull["draft"]) == ("develop", False)
    called = content(scene, "called.txt", pull["head"]["ref"]).splitlines()
    assert called[called.index("--model") + 1] == "opus"
    assert called[called.index("--max-turns") + 1] == "7"
    assert "from its RULES.md:\n\nBe kind." in content(scene, "told.txt", pull["head"]["ref"])
    (comment,) = scene.comments(issue)
    assert "`limits.minutes: 900` is more than this Harvest allows, so 60 counts (HARVEST_JOB_MINUTES)." in comment


def test_settings_that_can_t_be_used_start_nothing_and_name_the_key(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "darft: true\n"})
    issue = scene.ask("With a slip in the settings", commit("slip.txt"))
    (answer,) = eventually(lambda: scene.comments(issue), "the answer")
    assert "Nothing was started" in answer
    assert "`there is no key darft (did you mean draft?)`" in answer
    assert scene.harvest.jobs(issue) == []

    write(scene, {SETTINGS_FILE: "draft: true\n"})
    scene.comment(issue, "/harvest")
    assert scene.wait_for_end(issue).outcome == "succeeded", "mended, it counts at once"


@pytest.mark.campaign
def test_a_job_keeps_to_the_models_of_its_repository(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "models: [claude-haiku-*]\n"})
    issue = scene.ask("Which models?", ASK_FOR % "claude-opus-5-5" + ASK_FOR % "claude-haiku-4-5")
    assert scene.wait_for_end(issue).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    dear, cheap = content(scene, "asked.txt", pull["head"]["ref"]).splitlines()
    assert dear.startswith("403 ")
    assert f"allowed are: claude-haiku-* (`models` in {SETTINGS_FILE})" in dear
    assert "is not allowed" not in cheap


@pytest.mark.campaign
def test_over_a_budget_nothing_is_started_and_the_reply_says_who_can_raise_it(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "budgets: {session: 0.001, day: 100}\n"})
    scene.model.play(talk())
    issue = scene.open_issue("What can it cost?", instructions(HOLD + 2 * (ASK_FOR % "claude-opus-5-5")))
    scene.comment(issue, "/harvest")
    job = scene.wait_for_step(issue, "run_agent")
    scene.comment(issue, f"/harvest and more\n\n{instructions(commit('more.txt'))}")
    scene.wait_for_job(issue, number=2)
    scene.let_go(job)

    assert scene.wait_for_end(issue).outcome == "succeeded", "what it did until then is not lost"
    (pull,) = scene.pulls_of(issue)
    first, second = content(scene, "asked.txt", pull["head"]["ref"]).splitlines()
    assert first == "200", "its one request is let through as long as anything is left"
    assert re.match(r"402 .*this session has spent \$0\.\d+ of a budget of \$0\.0010 \(budgets\.session\)", second)
    waiting = scene.wait_for_end(issue, number=2)
    assert (waiting.outcome, waiting.results_of("open_sandbox")) == ("failed", []), "it could not be paid when its turn came"
    (comment,) = scene.comments(issue)
    assert re.search(r"This session has spent \$0\.\d+ of a budget of \$0\.0010\.", comment)
    raised = f"A maintainer can raise it: `budgets.session` in `{SETTINGS_FILE}` on the default branch."
    assert raised in comment

    scene.comment(issue, "/harvest once more")
    answer = eventually(lambda: scene.comments(issue)[1:], "the answer")[0]
    assert re.search(r"Nothing was started: this session has spent \$0\.\d+ of a budget of \$0\.0010\. ", answer)
    assert raised in answer
    assert len(scene.harvest.jobs(issue)) == 2

    write(scene, {SETTINGS_FILE: "budgets: {session: 5}\n"})
    scene.comment(issue, f"/harvest and now?\n\n{instructions(commit('now.txt'))}")
    assert scene.wait_for_end(issue, number=3).outcome == "succeeded"
    assert re.search(r"\$0\.00 of \$0\.\d+ in this session", scene.comments(issue)[0]), "the receipt"

    scene.comment(issue, "/harvest cost\n/harvest settings")
    cost, settings = eventually(lambda: scene.comments(issue)[2:4] if len(scene.comments(issue)) > 3 else [], "both answers")
    assert re.search(r"\n- session: \$0\.\d+ of \$5\.00 \(`budgets\.session`\)", cost)
    assert "\n- job: at most $5.00 (`HARVEST_BUDGET_USD`)\n" in cost
    assert "| a request may spend | $5.00; a session $5.00 |" in settings


@pytest.mark.campaign
def test_a_repository_says_who_may_do_what(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "roles: {change: admin}\n"})
    issue = scene.open_issue("Who may?", instructions("true", "Seconds."))
    scene.comment(issue, "/harvest")
    (answer,) = eventually(lambda: scene.comments(issue), "the refusal")
    assert f"Sorry `mira-okafor`, `roles.change` in `{SETTINGS_FILE}` on the default branch leaves this to others." in answer
    assert scene.harvest.jobs(issue) == []
    scene.comment(issue, f"/harvest ask which unit is it?\n\n{instructions('true', 'Seconds.')}")
    assert scene.wait_for_end(issue).outcome == "succeeded", "asking takes less"

    write(scene, {SETTINGS_FILE: "people: [somebody-else]\n"})
    scene.comment(issue, "/harvest status")
    answer = scene.wait_for_comment(issue, "`people`")
    assert "leaves this to others" in answer

    write(scene, {SETTINGS_FILE: "people: [Mira-Okafor]\nroles: {change: maintain}\nprotected_paths: [infra/]\n"})
    scene.comment(issue, "/harvest settings")
    settings = scene.wait_for_comment(issue, "who may ask")
    assert "change: `maintain`, approve: `write`, stop: `write`; of these `Mira-Okafor` |" in settings
    assert "| protected paths | `infra/` |" in settings
    scene.comment(issue, f"/harvest now\n\n{instructions(commit('may.txt'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"


@pytest.mark.campaign
def test_a_pull_request_is_assigned_to_who_asked_and_reviewed_by_whom_the_settings_name(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "reviewers: [sam-lindqvist, acme/nobody]\n"})
    issue = scene.ask("Look at this", commit("look.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    assert [one["login"] for one in pull["assignees"]] == ["mira-okafor"]
    assert pull["requested_reviewers"] == []
    (comment,) = scene.comments(issue)
    assert "GitHub refused to ask `sam-lindqvist`, `acme/nobody` to look at the pull request:" in comment

    write(scene, {SETTINGS_FILE: f"reviewers: [{scene.github.reader.login}]\nassignees: []\n"})
    issue = scene.ask("And at this", commit("this.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    assert ([one["login"] for one in pull["requested_reviewers"]], pull["assignees"]) == ([scene.github.reader.login], [])


@pytest.mark.further
def test_a_protected_path_is_not_published_and_the_work_is_kept(scene: Scene) -> None:
    write(scene, {SETTINGS_FILE: "protected_paths: [infra/]\n"})
    issue = scene.ask("Change the infrastructure", "mkdir infra\n" + commit("infra/main.tf"))
    job = scene.wait_for_end(issue)
    assert job.outcome == "refused"
    assert scene.pulls_of(issue) == []
    (comment,) = scene.comments(issue)
    assert f"`infra/main.tf` is protected here by `protected_paths` ({SETTINGS_FILE}): change it by hand." in comment
    assert "**Kept:** 1 commit in 1 file, not published, as a patch." in comment


@pytest.mark.campaign
def test_a_repository_has_a_label_and_a_command_of_its_own(scene: Scene) -> None:
    issue = scene.open_issue("By another name", instructions(commit("named.txt")))
    write(scene, {SETTINGS_FILE: "label: ai\ncommand: /ai\n"})
    scene.comment(issue, "/harvest status")
    eventually(lambda: scene.comments(issue), "an answer, by which the file is read")

    scene.comment(issue, "/harvest help")
    scene.label(issue)
    scene.comment(issue, "/ai help")
    help_ = eventually(lambda: scene.comments(issue)[1:], "the help")[0]
    assert "| `/ai ask …` |" in help_
    assert "A label does what a command does: `ai` the same as `/ai`" in help_
    assert scene.harvest.jobs(issue) == [], "the operator's own count here no more"

    scene.maintainer.post(f"{scene.repo}/issues/{issue}/labels", {"labels": ["ai"]})
    assert scene.wait_for_end(issue).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    assert "Ask for changes with `/ai …` in a comment." in pull["body"]

    scene.harvest.restart()
    write(scene, {SETTINGS_FILE: "draft: true\n"})
    said = len(scene.comments(issue))
    scene.comment(issue, "/ai status")
    eventually(lambda: scene.comments(issue)[said:], "an answer after a restart")
    scene.comment(issue, "/harvest status")
    eventually(lambda: scene.comments(issue)[said + 1 :], "an answer by the operator's word again")
