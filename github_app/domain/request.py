"""What was asked, as it was at the trigger: kept with the job as plain JSON, and never fetched again.

An issue edited after the label was put on it, or a pull request pushed to after the comment, doesn't change what is done.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class PullHead(msgspec.Struct, frozen=True):
    """A pull request as it was pinned at the trigger."""

    number: int
    sha: str
    branch: str
    base_branch: str
    title: str

    def to_json(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


class Request(msgspec.Struct, frozen=True):
    """One request. `thread` is the number of the issue or pull request it was made on; `asked_at` is ISO 8601 in UTC.

    `prompt` is what a person wrote after the command word; empty means "do what the issue says". `trigger` is what the
    reaction goes to: the issue itself, or the comment with `trigger_id`.
    """

    thread: int
    title: str
    body: str
    prompt: str
    asked_by: str
    asked_by_id: int
    asked_at: str
    trigger: Literal["issue", "comment", "button"]
    trigger_id: int
    default_branch: str
    repository_kb: int = 0
    issue_author: str = ""
    pull: PullHead | None = None

    def to_json(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Request:
        return msgspec.convert(document, cls)
