from __future__ import annotations

import time

from emulators.github.request_log import job_of
from tests.github_service import GitHubService


def test_a_job_is_known_by_the_end_of_the_user_agent() -> None:
    assert job_of("harvest/0.1 job/tidewater-7.2") == "tidewater-7.2"
    assert job_of("harvest/0.1") is None


def test_requests_are_counted_by_job_and_by_window(github: GitHubService, repo: str) -> None:
    began = time.time()
    bot = github.as_installation()
    headers = {"authorization": f"Bearer {bot.token}", "user-agent": "harvest/0.1 job/seven"}
    github.api.get(repo.lstrip("/"), headers=headers)
    github.api.get(f"{repo}/branches/main".lstrip("/"), headers=headers)

    log = github.requests(since=began)

    assert log["by_job"] == {"seven": {"rest": 2, "git": 0}}
    assert log["count"] == {"rest": 4, "git": 0}
    last = log["requests"][-1]
    assert (last["method"], last["route"], last["status"]) == ("GET", "/repos/{owner}/{repo}/branches/{branch}", 200)
    assert last["actor"].startswith("installation token")
    assert last["permissions"]["contents"] == "write"
    assert last["milliseconds"] > 0
    assert github.requests(since=time.time())["requests"] == []


def test_people_and_the_app_are_told_apart(github: GitHubService, repo: str) -> None:
    began = time.time()
    github.maintainer.get(repo)
    github.as_app().get("/app")
    github.api.get(repo.lstrip("/"))
    actors = [entry["actor"] for entry in github.requests(since=began)["requests"]]
    assert actors == [f"person {github.maintainer.login}", "app", "anonymous"]


def test_what_is_left_of_the_hour_is_said_and_counted(github: GitHubService) -> None:
    bot = github.as_installation()
    before = bot.get("/rate_limit")["rate"]
    after = bot.send("GET", "/zen").headers
    assert int(after["x-ratelimit-remaining"]) < before["remaining"]
    assert after["x-ratelimit-reset"] == str(before["reset"])
