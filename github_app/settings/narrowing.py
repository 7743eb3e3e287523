"""What holds for a repository's jobs: the operator's settings, made narrower by the repository's own. Pure.

A repository takes less than it is allowed, never more; where it tries, the operator's setting holds and a sentence says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

from github_app.settings.egress import EgressPolicy
from github_app.settings.operator import Settings
from github_app.settings.repository import RepositorySettings

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class WatchLimits:
    """What holds for watching pull requests: whether that may be done, what one watch may spend in US dollars and the setting
    that says so, how many jobs it starts for one head, and how many seconds it waits after the last thing that happened."""

    allowed: bool
    budget_usd: float
    budget_set_by: str
    tries: int
    settle_seconds: float


@dataclass(frozen=True)
class Narrowed:
    """What counts in the end. `models` are the patterns that the repository keeps to beside the operator's own, None for all
    of those. `wider` are sentences on what it wanted beyond what it is allowed."""

    model: str
    models: tuple[str, ...] | None
    job_minutes: float
    max_turns: int
    draft: bool
    egress: EgressPolicy
    watch: WatchLimits
    browser: bool
    screenshots: bool
    wider: tuple[str, ...]


def narrow(operator: Settings, egress: EgressPolicy, repository: RepositorySettings) -> Narrowed:
    """`egress` is what the operator decided on the network."""
    wider: list[str] = []

    def smaller(key: str, wanted: Number | None, allowed: Number, variable: str) -> Number:
        if wanted is None or wanted <= allowed:
            return allowed if wanted is None else wanted
        wider.append(f"`{key}: {wanted:g}` is more than this Harvest allows, so {allowed:g} counts ({variable}).")
        return allowed

    budgets = repository.budgets
    smaller("budgets.job", budgets.job, operator.budget_usd, "HARVEST_BUDGET_USD")
    smaller("budgets.session", budgets.session, operator.budget_session_usd or math.inf, "HARVEST_BUDGET_SESSION_USD")
    smaller(
        "budgets.repository", budgets.repository, operator.budget_repository_usd or math.inf, "HARVEST_BUDGET_REPOSITORY_USD"
    )
    minutes = smaller("limits.minutes", repository.limits.minutes, operator.job_minutes, "HARVEST_JOB_MINUTES")
    turns = smaller("limits.turns", repository.limits.turns, operator.max_turns, "HARVEST_MAX_TURNS")
    watch = repository.watch
    watch_budget = smaller("watch.budget", watch.budget, operator.watch_budget_usd, "HARVEST_WATCH_BUDGET_USD")
    watch_tries = smaller("watch.tries", watch.tries, operator.watch_tries, "HARVEST_WATCH_TRIES")
    settle = operator.watch_settle_seconds
    if watch.settle_seconds is not None and watch.settle_seconds < settle:
        wanted = f"`watch.settle_seconds: {watch.settle_seconds:g}`"
        wider.append(f"{wanted} is less than this Harvest waits, so {settle:g} counts (HARVEST_WATCH_SETTLE_SECONDS).")
    if watch.allow and not operator.watch:
        wider.append("`watch.allow: true` is more than this Harvest allows, so nothing is watched (HARVEST_WATCH).")
    if repository.browser and not operator.browser:
        wider.append("`browser: true` is more than this Harvest allows, so there is none (HARVEST_BROWSER).")
    narrowed = egress.narrowed(repository.egress.kind)
    if repository.egress.kind not in (None, narrowed.kind):
        wanted = f"`egress.kind: {repository.egress.kind}`"
        wider.append(f"{wanted} is more than this Harvest allows, so {narrowed.kind} counts (HARVEST_EGRESS).")
    if narrowed.kind == "allowlist":
        refused = [f"`{entry}`" for entry in repository.egress.allow if not egress.may_add(entry)]
        if refused:
            wider.append(f"`egress.allow`: {', '.join(refused)} can't be added here (HARVEST_EGRESS_REPOSITORIES).")
    return Narrowed(
        model=repository.model or operator.model,
        models=repository.models,
        job_minutes=minutes,
        max_turns=turns,
        draft=operator.draft if repository.draft is None else repository.draft,
        egress=narrowed,
        watch=WatchLimits(
            allowed=operator.watch and watch.allow is not False,
            budget_usd=watch_budget,
            budget_set_by="watch.budget" if watch_budget < operator.watch_budget_usd else "HARVEST_WATCH_BUDGET_USD",
            tries=watch_tries,
            settle_seconds=max(settle, watch.settle_seconds or 0.0),
        ),
        browser=operator.browser and repository.browser,
        screenshots=operator.browser and repository.browser and repository.screenshots,
        wider=tuple(wider),
    )
