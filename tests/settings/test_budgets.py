"""What a job spends from: the narrower limit counts, with the setting that can raise it, in the day and month of the ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from github_app.domain.ask import Spawned
from github_app.settings.budgets import Payer, accounts_of, job_limit
from github_app.settings.operator import Settings
from github_app.settings.repository_file import read_settings
from state.budgets import Account
from tests.asks import an_ask

# 2026-11-30 23:59:59 UTC.
LAST_SECOND_OF_A_MONTH = 1796083199.0


def accounts(
    text: str = "", *, at: float = LAST_SECOND_OF_A_MONTH, job_usd: float | None = None, **operator: Any
) -> list[Account]:
    payer = Payer("j1", "s1", repository_id=6, actor_id=9, asked_at=at, job_usd=job_usd)
    return list(accounts_of(payer, Settings(_env_file=None, **operator), read_settings(text.encode())))


def limits(found: list[Account]) -> dict[str, tuple[int | None, str]]:
    return {account.id: (account.limit_microdollars, account.set_by) for account in found}


def test_a_job_spends_from_seven_accounts_of_which_its_own_has_a_limit_by_default() -> None:
    assert limits(accounts()) == {
        "job/j1": (5_000_000, "HARVEST_BUDGET_USD"),
        "session/s1": (None, ""),
        "repository/6/2026-11": (None, ""),
        "repository/6/2026-11-30": (None, ""),
        "repository/6/person/9/2026-11-30": (None, ""),
        "person/9/2026-11-30": (None, ""),
        "day/2026-11-30": (None, ""),
    }
    assert {account.id for account in accounts(at=LAST_SECOND_OF_A_MONTH + 1)} >= {"repository/6/2026-12", "day/2026-12-01"}


def test_the_narrower_limit_counts_and_is_named() -> None:
    text = "budgets: {job: 2, session: 30, repository: 100, day: 10, person: 4}"
    found = limits(accounts(text, HARVEST_BUDGET_SESSION_USD=20, HARVEST_BUDGET_PERSON_USD=8, HARVEST_BUDGET_DAY_USD=50))
    assert found == {
        "job/j1": (2_000_000, "budgets.job"),
        "session/s1": (20_000_000, "HARVEST_BUDGET_SESSION_USD"),
        "repository/6/2026-11": (100_000_000, "budgets.repository"),
        "repository/6/2026-11-30": (10_000_000, "budgets.day"),
        "repository/6/person/9/2026-11-30": (4_000_000, "budgets.person"),
        "person/9/2026-11-30": (8_000_000, "HARVEST_BUDGET_PERSON_USD"),
        "day/2026-11-30": (50_000_000, "HARVEST_BUDGET_DAY_USD"),
    }


def test_who_asks_can_spend_less_on_a_job_and_never_more() -> None:
    assert limits(accounts(job_usd=1.5))["job/j1"] == (1_500_000, "--budget")
    assert limits(accounts("budgets: {job: 1}", job_usd=1.5))["job/j1"] == (1_000_000, "budgets.job")
    assert job_limit(Settings(_env_file=None), read_settings(b"budgets: {job: 9}")) == ("HARVEST_BUDGET_USD", 5.0)


def test_what_goes_on_without_anybody_has_no_budget_of_its_own() -> None:
    payer = Payer.of(msgspec.structs.replace(an_ask(), budget_of="first"), "j2", "s1", LAST_SECOND_OF_A_MONTH)
    found = list(accounts_of(payer, Settings(_env_file=None), read_settings(b"")))
    assert limits(found)["job/first"] == (5_000_000, "HARVEST_BUDGET_USD")
    assert "job/j2" not in limits(found)
    spawned = Spawned("j2", 1, "acme/web", 7, 2.5, "--budget", "first")
    elsewhere = accounts_of(replace(payer, spawned=spawned, budget_of=""), Settings(_env_file=None), read_settings(b""))
    assert limits(list(elsewhere))["job/first"] == (2_500_000, "--budget")


def test_what_an_agent_has_had_begun_elsewhere_is_paid_by_its_own_job_as_well() -> None:
    spawned = Spawned("p1", 1, "acme/web", 7, 2.5, "--budget")
    payer = Payer("j1", "s1", repository_id=6, actor_id=9, asked_at=LAST_SECOND_OF_A_MONTH, spawned=spawned)
    found = limits(list(accounts_of(payer, Settings(_env_file=None), read_settings(b""))))
    assert (found["job/p1"], found["job/j1"]) == ((2_500_000, "--budget"), (5_000_000, "HARVEST_BUDGET_USD"))
