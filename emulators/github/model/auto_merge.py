"""A pull request that is merged by itself once it may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from emulators.github.model.accounts import Account
from emulators.github.model.merge_settings import MergeMethod


@dataclass(frozen=True)
class AutoMerge:
    """Who asked for it, and how: `title` and `message` are GitHub's own when None. `app_id` when it was an App."""

    enabled_by: Account
    enabled_at: datetime
    method: MergeMethod
    title: str | None = None
    message: str | None = None
    app_id: int | None = None
    app_slug: str | None = None
