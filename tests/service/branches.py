"""Branches as a maintainer sees them on GitHub: where they are, what is on them, a pull request from one into another."""

from __future__ import annotations

import base64

from tests.scene import Scene


def sha(scene: Scene, name: str) -> str:
    return str(scene.maintainer.get(f"{scene.repo}/git/ref/heads/{name}")["object"]["sha"])


def pull(scene: Scene, head: str, base: str) -> int:
    opened = scene.maintainer.post(f"{scene.repo}/pulls", {"title": f"{head} to {base}", "head": head, "base": base})
    return int(opened["number"])


def content(scene: Scene, path: str, ref: str) -> str:
    """A file as it is on that branch."""
    return base64.b64decode(scene.maintainer.get(f"{scene.repo}/contents/{path}", ref=ref)["content"]).decode()
