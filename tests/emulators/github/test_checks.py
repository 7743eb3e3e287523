from __future__ import annotations

from typing import Any

import pytest

from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture
def bot(github: GitHubService) -> Person:
    return github.as_installation()


@pytest.fixture
def head(repo: str, bot: Person) -> str:
    return str(bot.get(f"{repo}/git/ref/heads/main")["object"]["sha"])


def test_a_check_goes_from_queued_to_a_conclusion(repo: str, bot: Person, head: str) -> None:
    run = bot.post(f"{repo}/check-runs", {"name": "Harvest", "head_sha": head, "external_id": "job-1"})
    assert (run["status"], run["conclusion"]) == ("queued", None)
    assert run["id"] > 2**32
    path = f"{repo}/check-runs/{run['id']}"
    bot.patch(path, {"status": "in_progress", "output": {"title": "At work", "summary": "Reading."}})
    done = bot.patch(path, {"conclusion": "success", "output": {"title": "Done", "summary": "All good."}})
    assert (done["status"], done["conclusion"], done["output"]["title"]) == ("completed", "success", "Done")
    assert bot.get(path)["external_id"] == "job-1"
    suite = bot.get(f"{repo}/check-suites/{run['check_suite']['id']}")
    assert (suite["status"], suite["conclusion"], suite["latest_check_runs_count"]) == ("completed", "success", 1)


def test_of_several_runs_with_one_name_the_latest_is_listed(repo: str, bot: Person, head: str) -> None:
    for _ in range(2):
        last = bot.post(f"{repo}/check-runs", {"name": "Harvest", "head_sha": head})
    bot.post(f"{repo}/check-runs", {"name": "Other", "head_sha": head})
    path = f"{repo}/commits/main/check-runs"
    assert [run["id"] for run in bot.get(path, check_name="Harvest")["check_runs"]] == [last["id"]]
    assert bot.get(path, filter="all")["total_count"] == 3
    assert bot.get(path, app_id=1)["total_count"] == 0
    assert bot.get(f"{repo}/commits/{head}/check-suites")["total_count"] == 1
    assert bot.get(f"{repo}/check-suites/{last['check_suite']['id']}/check-runs")["total_count"] == 2


def test_only_an_app_makes_checks(github: GitHubService, repo: str, head: str) -> None:
    asked = {"name": "Mine", "head_sha": head}
    assert github.maintainer.send("POST", f"{repo}/check-runs", json=asked).status_code == 403
    narrow = github.as_installation(permissions={"checks": "read"})
    assert narrow.send("POST", f"{repo}/check-runs", json=asked).status_code == 403


def _action(**changed: str) -> dict[str, str]:
    return {"label": "Stop", "description": "Stop it", "identifier": "stop", **changed}


def _annotation(line: int, message: str = "Look.") -> dict[str, Any]:
    return {"path": "README.md", "start_line": line, "end_line": line, "annotation_level": "notice", "message": message}


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "completed"},
        {"head_sha": "0" * 40},
        {"output": {"title": "t", "summary": "s", "annotations": [_annotation(1, "ü" * 32_769)]}},
    ],
)
def test_what_github_cannot_take_is_unprocessable(repo: str, bot: Person, head: str, asked: dict[str, Any]) -> None:
    refused = bot.send("POST", f"{repo}/check-runs", json={"name": "Harvest", "head_sha": head, **asked})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"output": {"title": "t", "summary": "x" * 65_536}},
        {"output": {"title": "t", "summary": "s", "text": "x" * 65_536}},
        {"actions": [_action() for _ in range(4)]},
        {"actions": [_action(label="x" * 21)]},
        {"actions": [_action(description="x" * 41)]},
        {"actions": [_action(identifier="x" * 21)]},
        {"output": {"title": "t", "summary": "s", "annotations": [_annotation(n) for n in range(51)]}},
        {"output": {"title": "no summary"}},
        {"conclusion": "splendid"},
    ],
)
def test_limits_of_the_description_are_enforced_and_recorded(
    repo: str, bot: Person, head: str, asked: dict[str, Any], github: GitHubService
) -> None:
    refused = bot.send("POST", f"{repo}/check-runs", json={"name": "Harvest", "head_sha": head, **asked})
    assert refused.status_code == 422
    assert github.violations()[0]["kind"] == "request"
    github.forget_violations()


def test_the_largest_that_fits_is_taken(repo: str, bot: Person, head: str) -> None:
    output = {"title": "t", "summary": "x" * 65_535, "text": "ü" * 65_535, "annotations": [_annotation(n) for n in range(50)]}
    actions = [_action(label="x" * 20, description="x" * 40, identifier=f"{n}" * 20) for n in range(3)]
    run = bot.post(f"{repo}/check-runs", {"name": "Harvest", "head_sha": head, "output": output, "actions": actions})
    bot.patch(f"{repo}/check-runs/{run['id']}", {"output": {"title": "t", "summary": "s", "annotations": [_annotation(51)]}})
    assert bot.get(f"{repo}/check-runs/{run['id']}")["output"]["annotations_count"] == 51
    assert len(bot.get(f"{repo}/check-runs/{run['id']}/annotations", per_page=100)) == 51


def test_a_button_and_a_rerun_reach_the_app(
    github: GitHubService, repo: str, bot: Person, head: str, hook: WebhookReceiver
) -> None:
    run = bot.post(f"{repo}/check-runs", {"name": "Harvest", "head_sha": head, "actions": [_action()]})
    path = f"{repo.lstrip('/')}/check-runs/{run['id']}/actions/stop"
    github.control("POST", path, {"sender": github.maintainer.login})
    github.maintainer.post(f"{repo}/check-runs/{run['id']}/rerequest")
    github.maintainer.post(f"{repo}/check-suites/{run['check_suite']['id']}/rerequest")

    pressed = wait_until(lambda: hook.of("check_run", "requested_action"), "the press of the button")[0].payload
    assert pressed["requested_action"] == {"identifier": "stop"}
    assert (pressed["sender"]["login"], pressed["check_run"]["id"]) == (github.maintainer.login, run["id"])
    wait_until(lambda: hook.of("check_run", "rerequested"), "the re-run")
    wait_until(lambda: hook.of("check_suite", "rerequested"), "the re-run of all")


def test_a_push_opens_a_suite(repo: str, bot: Person, hook: WebhookReceiver) -> None:
    asked = {"message": "Add", "content": "aGVsbG8=", "branch": "main"}
    sha = bot.put(f"{repo}/contents/added.txt", asked)["commit"]["sha"]
    suite = wait_until(lambda: hook.of("check_suite", "requested"), "the suite")[0].payload["check_suite"]
    assert (suite["head_sha"], suite["head_branch"]) == (sha, "main")


def test_a_suite_is_completed_when_the_latest_of_its_runs_are(
    repo: str, bot: Person, head: str, hook: WebhookReceiver
) -> None:
    red, beside = (bot.post(f"{repo}/check-runs", {"name": name, "head_sha": head}) for name in ("Tests", "Lint"))
    suite = f"{repo}/check-suites/{red['check_suite']['id']}"
    bot.patch(f"{repo}/check-runs/{red['id']}", {"conclusion": "failure"})
    assert (bot.get(suite)["status"], hook.of("check_suite", "completed")) == ("queued", [])
    bot.patch(f"{repo}/check-runs/{beside['id']}", {"conclusion": "success"})
    bot.post(f"{repo}/check-runs", {"name": "Tests", "head_sha": head, "conclusion": "success"})
    wait_until(lambda: len(hook.of("check_suite", "completed")) == 2, "the suite to be completed twice")
    told = [one.payload["check_suite"] for one in hook.of("check_suite", "completed")]
    assert [(one["status"], one["conclusion"]) for one in told] == [("completed", "failure"), ("completed", "success")]
    assert told[1]["latest_check_runs_count"] == 2


def test_a_rerun_puts_the_suite_back(github: GitHubService, repo: str, bot: Person, head: str) -> None:
    run = bot.post(f"{repo}/check-runs", {"name": "Tests", "head_sha": head, "conclusion": "failure"})
    suite = f"{repo}/check-suites/{run['check_suite']['id']}"
    github.maintainer.post(f"{repo}/check-runs/{run['id']}/rerequest")
    assert (bot.get(suite)["status"], bot.get(suite)["conclusion"]) == ("queued", None)
    assert bot.get(f"{repo}/check-runs/{run['id']}")["conclusion"] == "failure"
    bot.post(f"{repo}/check-runs", {"name": "Tests", "head_sha": head, "status": "in_progress"})
    assert bot.get(suite)["status"] == "in_progress"


def test_a_repository_can_have_its_suites_made_by_hand(
    github: GitHubService, repo: str, bot: Person, hook: WebhookReceiver
) -> None:
    app_id = github.as_app().get("/app")["id"]
    wanted = {"auto_trigger_checks": [{"app_id": app_id, "setting": False}]}
    assert bot.patch(f"{repo}/check-suites/preferences", wanted)["preferences"] == wanted
    sha = github.push(repo.removeprefix("/repos/"), "main", {"b.txt": "b"}, github.maintainer)
    wait_until(lambda: hook.of("push"), "the push")
    assert bot.get(f"{repo}/commits/{sha}/check-suites")["total_count"] == 0
    made = bot.send("POST", f"{repo}/check-suites", json={"head_sha": sha})
    again = bot.send("POST", f"{repo}/check-suites", json={"head_sha": sha})
    assert (made.status_code, again.status_code, again.json()["id"]) == (201, 200, made.json()["id"])
    assert github.maintainer.send("POST", f"{repo}/check-suites", json={"head_sha": sha}).status_code == 403
    bot.post(f"{repo}/check-runs", {"name": "Tests", "head_sha": sha})
    for name, count in (("Tests", 1), ("Other", 0)):
        assert bot.get(f"{repo}/commits/{sha}/check-suites", check_name=name)["total_count"] == count
