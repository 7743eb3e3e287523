"""A pull request that a maintainer reviews, with comments on its lines."""

from __future__ import annotations

from typing import Any

from tests.scene import Scene

LINES = "".join(f"line {number}\n" for number in range(1, 301))


def open_pull(scene: Scene, branch: str) -> dict[str, Any]:
    scene.github.push(scene.github.repository, branch, {f"{branch}.txt": LINES}, scene.maintainer)
    asked = {"title": f"Add {branch}", "head": branch, "base": "main", "body": "A long file."}
    opened: dict[str, Any] = scene.maintainer.post(f"{scene.repo}/pulls", asked)
    return opened


def on_line(pull: dict[str, Any], line: int, body: str) -> dict[str, Any]:
    return {"path": f"{pull['head']['ref']}.txt", "line": line, "body": body}


def review(scene: Scene, pull: dict[str, Any], body: str, *comments: dict[str, Any]) -> dict[str, Any]:
    said = {"event": "COMMENT", "body": body, "comments": list(comments)}
    made: dict[str, Any] = scene.maintainer.post(f"{scene.repo}/pulls/{pull['number']}/reviews", said)
    return made
