"""A comment, and what Harvest answers to it."""

from __future__ import annotations

from tests.github_service import Person
from tests.scene import BOT, Scene, eventually


def answers(scene: Scene, repo: str, number: int) -> list[str]:
    """What Harvest answered there to what is no job, the first one first."""
    listed = scene.maintainer.get(f"{repo}/issues/{number}/comments", per_page=100)
    said = [one["body"] for one in listed if one["user"]["login"] == BOT]
    return [body for body in said if body.startswith("<!-- harvest:answer:")]


def say(scene: Scene, repo: str, number: int, text: str, *, by: Person | None = None) -> str:
    """A comment, and what Harvest answers to it."""
    before = len(answers(scene, repo, number))
    (by or scene.maintainer).post(f"{repo}/issues/{number}/comments", {"body": text})
    return eventually(lambda: answers(scene, repo, number)[before:], f"an answer to {text}")[0]
