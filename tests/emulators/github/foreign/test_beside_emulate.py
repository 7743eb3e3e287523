"""The same requests to another emulated GitHub, npm's `emulate`: where they differ, GitHub's description says who is right."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulators.github.description.checking import Description
from tests.github_service import GitHubService
from tests.waiting import wait_until

pytestmark = pytest.mark.campaign

_SEED = """
tokens:
  a-token: {login: octocat, scopes: [repo, user, "admin:org"]}
github:
  users: [{login: octocat, name: The Octocat}]
  repos: [{owner: octocat, name: hello-world, auto_init: true}]
"""

Conversation = list[tuple[str, str, dict[str, Any] | None]]

# Method, the route as the description names it (the repository's part is left out), and the body.
CONVERSATION: Conversation = [
    ("GET", "", None),
    ("POST", "/issues", {"title": "One", "body": "Text", "labels": ["bug"]}),
    ("GET", "/issues/1", None),
    ("PATCH", "/issues/1", {"title": "Two"}),
    ("POST", "/issues/1/comments", {"body": "Hello"}),
    ("GET", "/issues/1/comments", None),
    ("POST", "/issues/1/comments", {}),
    ("POST", "/issues/1/labels", {"labels": ["second"]}),
    ("DELETE", "/issues/1/labels/absent", None),
    ("GET", "/issues/1/labels", None),
    ("PUT", "/issues/1/lock", {"lock_reason": "resolved"}),
    ("DELETE", "/issues/1/lock", None),
    ("GET", "/issues/1/events", None),
    ("GET", "/issues/1/timeline", None),
    ("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"}),
    ("POST", "/issues", {"body": "no title"}),
    ("GET", "/issues/99", None),
    ("GET", "/labels", None),
    ("GET", "/branches", None),
    ("GET", "/branches/absent", None),
    ("GET", "/commits", None),
    ("GET", "/git/ref/heads/main", None),
    ("GET", "/contents/README.md", None),
    ("GET", "/contents/absent", None),
    ("GET", "/collaborators", None),
    ("POST", "/pulls", {"title": "x", "head": "absent", "base": "main"}),
    ("GET", "/pulls", None),
    ("GET", "/assignees", None),
    ("GET", "/subscription", None),
]

# Where `emulate` answers with another status, and why ours is GitHub's.
OURS_IS_RIGHT = {
    "POST /pulls {'title': 'x', 'head': 'absent', 'base': 'main'}": "a branch that is not there can't be merged: 422",
    "GET /assignees": "GitHub has this route: 200",
}


@pytest.fixture
def other(node_folder: Path, tmp_path: Path) -> Iterator[str]:
    """Where `emulate` listens."""
    seed = tmp_path / "seed.yaml"
    seed.write_text(_SEED)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["node_modules/.bin/emulate", "start", "--service", "github", "--port", str(port), "--seed", str(seed)]
    process = subprocess.Popen(command, cwd=node_folder, env={**os.environ}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(address), "emulate to answer")
        yield address
    finally:
        process.terminate()
        process.wait()


def test_where_emulate_says_something_else_the_description_is_on_our_side(
    github: GitHubService, repo: str, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    description = Description()
    ours = _told(description, github.env["GITHUB_API_URL"], repo, github.maintainer.token)
    theirs = _told(description, other, "/repos/octocat/hello-world", "a-token")
    differing = {
        name: (here[0], there[0]) for (name, here), (_, there) in zip(ours, theirs, strict=True) if here[0] != there[0]
    }
    with capsys.disabled():
        print(f"\n{len(CONVERSATION)} requests; other statuses (ours, emulate's): {differing}")
        for name, (status, problems) in theirs:
            for problem in problems:
                print(f"emulate: {name} {status}: {problem}")
    assert [(name, problems) for name, (_, problems) in ours if problems] == []
    assert differing.keys() <= OURS_IS_RIGHT.keys()
    github.forget_violations()


def _told(description: Description, address: str, repo: str, token: str) -> list[tuple[str, tuple[int, list[str]]]]:
    """For each request its name, the status, and what the description finds wrong with the answer."""
    told = []
    with httpx.Client(headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=30) as client:
        for method, path, body in CONVERSATION:
            answer = client.request(method, f"{address}{repo}{path}", json=body)
            content = answer.json() if answer.content else None
            problems = description.check_answer(_route(method, path), answer.status_code, content)
            told.append((f"{method} {path} {body or ''}".strip(), (answer.status_code, problems)))
    return told


def _route(method: str, path: str) -> str:
    parts = ["/repos/{owner}/{repo}"]
    names = {"issues": "issue_number", "labels": "name", "branches": "branch", "contents": "path", "ref": "ref"}
    before = ""
    for part in path.split("/")[1:]:
        if part == "heads":
            continue
        parts.append(f"{{{names[before]}}}" if before in names and part not in ("comments", "labels", "lock") else part)
        before = part
    return f"{method} {'/'.join(parts)}"


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/user", timeout=5).status_code > 0
    except httpx.HTTPError:
        return False
