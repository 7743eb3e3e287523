"""A watch that somebody asks for."""

from __future__ import annotations

from state.watches import NewWatch

NEW = NewWatch(
    id="w1",
    installation_id=1,
    repository_id=2,
    repository="a/b",
    pull_number=8,
    actor_id=3,
    actor_login="ada",
    actor_type="User",
    inline=0,
    until="merged",
    budget_microdollars=5_000_000,
    settle_seconds=60.0,
    model=None,
    created_at=1.0,
    branch="fix",
    base_branch="main",
    head_sha="c" * 40,
)
