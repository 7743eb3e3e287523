"""A pull request's page: its checks with what they printed, and the buttons that run them again and merge."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.github_service import GitHubService
from tests.waiting import wait_until

WORKFLOW = """
name: Tests
on: push
jobs:
  tests: {steps: [{name: Run them, run: 'echo "1 failed <b>"; test "$GITHUB_RUN_ATTEMPT" = 2'}]}
"""


class Page:
    """What a browser would do: look, and press."""

    def __init__(self, github: GitHubService, repo: str) -> None:
        self.github, self.repo, self.name = github, repo, repo.removeprefix("/repos/")
        files = {".github/workflows/tests.yml": WORKFLOW, "new.txt": "new\n"}
        self.head = github.push(self.name, "fix", files, github.maintainer)
        asked = {"title": "Mend it", "head": "fix", "base": "main"}
        self.number = github.maintainer.post(f"{repo}/pulls", asked)["number"]

    def look(self, path: str) -> str:
        return httpx.get(f"{self.github.url}/{self.name}/{path}", follow_redirects=True).raise_for_status().text

    def press(self, path: str, button: str) -> httpx.Response:
        asked = {"as": self.github.maintainer.login, "do": button}
        return httpx.post(f"{self.github.url}/{self.name}/{path}", data=asked)

    def run(self, attempt: int) -> Any:
        def ended() -> Any:
            runs = self.github.reader.get(f"{self.repo}/actions/runs")["workflow_runs"]
            return runs and (runs[0]["status"], runs[0]["run_attempt"]) == ("completed", attempt) and runs[0]

        return wait_until(ended, "the run to be completed")


@pytest.fixture
def page(github: GitHubService, repo: str) -> Page:
    return Page(github, repo)


def test_a_red_job_shows_what_it_printed_and_is_run_again(page: Page) -> None:
    run = page.run(1)
    assert "Tests / tests (push)" in page.look(f"pull/{page.number}")
    (job,) = page.github.reader.get(f"{page.repo}/actions/runs/{run['id']}/jobs")["jobs"]
    shown = page.look(f"runs/{job['id']}")
    assert "1 failed &lt;b&gt;" in shown
    assert "Error: Process completed with exit code 1." in shown
    assert "Re-run failed jobs" in page.look(f"actions/runs/{run['id']}")
    assert page.press(f"actions/runs/{run['id']}/act", "failed").status_code == 303
    assert page.run(2)["conclusion"] == "success"
    assert "Re-run failed jobs" not in page.look(f"actions/runs/{run['id']}")


def test_the_box_says_what_is_missing_and_merges_when_nothing_is(page: Page) -> None:
    page.run(1)
    ruleset = {
        "name": "Guard",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "required_status_checks", "parameters": _required("deploy")}],
    }
    admin = page.github.add_person(f"admin-of-{page.name.rpartition('/')[2]}")
    page.github.control("PUT", f"repos/{page.name}/roles/{admin.login}", {"role": "admin"})
    admin.post(f"{page.repo}/rulesets", ruleset)
    missing = "Required status check &quot;deploy&quot; is expected."
    wait_until(lambda: missing in page.look(f"pull/{page.number}"), "the box to say what is missing")
    refused = page.press(f"pull/{page.number}/merge", "squash")
    assert (refused.status_code, 'check "deploy" is expected' in refused.text) == (405, True)
    page.github.maintainer.post(f"{page.repo}/statuses/{page.head}", {"state": "success", "context": "deploy"})
    assert missing not in page.look(f"pull/{page.number}")
    assert page.press(f"pull/{page.number}/merge", "squash").status_code == 303
    assert page.github.reader.get(f"{page.repo}/pulls/{page.number}")["merged"] is True
    assert "Squash and merge" not in page.look(f"pull/{page.number}")


def _required(context: str) -> dict[str, Any]:
    return {"required_status_checks": [{"context": context}], "strict_required_status_checks_policy": False}
