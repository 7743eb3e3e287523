"""What a job spends from, and how much may be spent there: the operator's budgets, made narrower by the repository's. Pure.

A day and a month are those in which the job was asked for, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from github_app.domain.ask import Ask, Spawned, dollars_in
from github_app.settings.operator import Settings
from github_app.settings.repository import RepositorySettings
from state.budgets import Account
from state.columns import to_microdollars


@dataclass(frozen=True)
class Payer:
    """Whose money a job spends: its own, its session's, its repository's and the person's who asked (GitHub's ids), at
    that time (seconds since the epoch). `job_usd` is what the job may spend in the words of who asked, None if they said
    nothing of it; `spawned` names the job whose agent asked for it, which pays as well. `budget_of` is the job from whose
    budget it goes on, empty for one of its own."""

    job_id: str
    session_id: str
    repository_id: int
    actor_id: int
    asked_at: float
    job_usd: float | None = None
    spawned: Spawned | None = None
    budget_of: str = ""

    @classmethod
    def of(cls, ask: Ask, job_id: str, session_id: str, asked_at: float) -> Payer:
        budget = ask.command.options.get("budget")
        job_usd = None if budget is None else dollars_in(budget)
        where, who = ask.target.repository.id, ask.actor.id
        return cls(job_id, session_id, where, who, asked_at, job_usd, ask.spawned, ask.budget_of)


# What a limit may be set by, and the limit in US dollars; None is no limit.
Limit = tuple[str, float | None]


def job_limit(operator: Settings, repository: RepositorySettings) -> tuple[str, float]:
    """What one job may spend at most, and by which setting."""
    own = repository.budgets.job
    if own is not None and own < operator.budget_usd:
        return "budgets.job", own
    return "HARVEST_BUDGET_USD", operator.budget_usd


def own_account(payer: Payer, operator: Settings, repository: RepositorySettings) -> Account:
    """The one that has a limit wherever nobody has set any."""
    limits = (job_limit(operator, repository), ("--budget", payer.job_usd))
    if payer.budget_of:
        return narrower(f"job/{payer.budget_of}", "this request", "", *limits)
    return narrower(f"job/{payer.job_id}", "this job", "", *limits)


def accounts_of(payer: Payer, operator: Settings, repository: RepositorySettings) -> tuple[Account, ...]:
    """All the accounts of a job, those without a limit too."""
    asked_at, own = datetime.fromtimestamp(payer.asked_at, UTC), repository.budgets
    day, month = f"{asked_at:%Y-%m-%d}", f"{asked_at:%Y-%m}"
    today, here, person = f"on {day} (UTC)", f"repository/{payer.repository_id}", f"person/{payer.actor_id}"
    who = "the person who asked"
    return (
        own_account(payer, operator, repository),
        narrower(
            f"session/{payer.session_id}",
            "this session",
            "",
            ("HARVEST_BUDGET_SESSION_USD", operator.budget_session_usd),
            ("budgets.session", own.session),
        ),
        narrower(
            f"{here}/{month}",
            "this repository",
            f"in {month}",
            ("HARVEST_BUDGET_REPOSITORY_USD", operator.budget_repository_usd),
            ("budgets.repository", own.repository),
        ),
        narrower(f"{here}/{day}", "this repository", today, ("budgets.day", own.day)),
        narrower(f"{here}/{person}/{day}", who, f"here {today}", ("budgets.person", own.person)),
        narrower(f"{person}/{day}", who, today, ("HARVEST_BUDGET_PERSON_USD", operator.budget_person_usd)),
        narrower(f"day/{day}", "this Harvest", today, ("HARVEST_BUDGET_DAY_USD", operator.budget_day_usd)),
        *([of_the_parent(payer.spawned)] if payer.spawned is not None else []),
    )


def of_the_parent(spawned: Spawned) -> Account:
    """The account of the job whose agent asked for this one: both together spend no more than that job may."""
    limit = (spawned.set_by, spawned.budget_usd)
    return narrower(f"job/{spawned.budget_of or spawned.job_id}", "the job that started this one", "", limit)


def narrower(id: str, whose: str, period: str, *limits: Limit) -> Account:
    """The account with the least of these limits in dollars, each with the setting that it is from; None is no limit."""
    set_ones = [(limit, setting) for setting, limit in limits if limit is not None]
    if not set_ones:
        return Account(id, whose, period)
    limit, setting = min(set_ones, key=lambda each: each[0])
    return Account(id, whose, period, to_microdollars(limit), setting)
