"""What is said about a commit: check suites and check runs by Apps, statuses by anyone who may write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App


@dataclass(eq=False)
class CheckSuite:
    """All check runs of one App on one commit. `requeued`: a re-run was asked for, and none of its runs has moved since."""

    id: int
    app: App
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    updated_at: datetime
    requeued: bool = False


@dataclass(eq=False)
class CheckRun:
    """One check. `output` holds title, summary and text; `annotations` and `actions` are kept as they were sent."""

    id: int
    suite: CheckSuite
    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    external_id: str
    details_url: str
    output: dict[str, str | None] = field(default_factory=dict)
    annotations: list[Mapping[str, Any]] = field(default_factory=list)
    actions: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def head_sha(self) -> str:
        return self.suite.head_sha

    @property
    def app(self) -> App:
        return self.suite.app


@dataclass(eq=False)
class CommitStatus:
    """The state of one context on a commit, as it was at one moment."""

    id: int
    sha: str
    state: Literal["error", "failure", "pending", "success"]
    context: str
    description: str | None
    target_url: str | None
    creator: Account
    created_at: datetime
