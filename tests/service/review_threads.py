"""Review threads on a pull request, and an agent that says what became of each."""

from __future__ import annotations

import json
from typing import Any

from tests.emulators.github.graphql_client import GraphQL
from tests.github_service import Person
from tests.scene import Scene

FILE = "limits.py"


def open_pull(scene: Scene, branch: str, body: str = "") -> dict[str, Any]:
    files = {FILE: "".join(f"line {number}\n" for number in range(1, 9))}
    scene.github.push(scene.github.repository, branch, files, scene.maintainer)
    opened: dict[str, Any] = scene.maintainer.post(
        f"{scene.repo}/pulls", {"title": f"Try {branch}", "head": branch, "base": "main", "body": body}
    )
    return opened


def on_line(scene: Scene, pull: dict[str, Any], line: int, text: str, by: Person) -> int:
    """A thread on that line; gives the number of its first comment."""
    place = {"commit_id": pull["head"]["sha"], "path": FILE, "line": line, "side": "RIGHT"}
    number: int = by.post(f"{scene.repo}/pulls/{pull['number']}/comments", {"body": text, **place})["id"]
    return number


def threads_of(scene: Scene, pull: dict[str, Any]) -> dict[int, tuple[str, bool]]:
    """Each thread's node id and whether it is resolved, by the number of its first comment."""
    owner, name = scene.github.repository.split("/")
    threads = "reviewThreads(first: 100) { nodes { id isResolved comments(first: 1) { nodes { fullDatabaseId } } } }"
    query = f'{{ repository(owner: "{owner}", name: "{name}") {{ pullRequest(number: {pull["number"]}) {{ {threads} }} }} }}'
    found = GraphQL(scene.github, scene.maintainer).ask(query)["repository"]["pullRequest"]["reviewThreads"]["nodes"]
    return {int(one["comments"]["nodes"][0]["fullDatabaseId"]): (one["id"], one["isResolved"]) for one in found}


def what_the_agent_does(script: str, verdicts: list[dict[str, Any]]) -> str:
    said = f"Bound the loop\n\nThe limit is looked at first.\n\n```json\n{json.dumps(verdicts)}\n```"
    return f"```sh\n{script}\n```\n\n````say\n{said}\n````"
