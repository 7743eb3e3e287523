"""Which plan an approval means, and what makes it void: the decisions, without GitHub."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from github_app.commands.moments import UNREAD_SECONDS
from github_app.commands.plan_gate import Now, which_plan, why_void
from github_app.domain.ask import By, Origin
from github_app.domain.plan import Plan
from github_app.jobs.plans import PostedPlan
from state.jobs import Job
from tests.asks import an_ask

POSTED_AT = 1_800_000_000.0


def job(id_: str) -> Job:
    values: dict[str, Any] = {field.name: None for field in dataclasses.fields(Job)}
    return Job(**values | {"id": id_, "ask": an_ask(verb="plan").to_json()})


def plan(version: int, **more: Any) -> Plan:
    posted_at = POSTED_AT + version
    return Plan(version, "main", "base", "work", "", 40 + version, posted_at, posted_at=posted_at, **more)


IN_COMMENTS = [PostedPlan(job(f"j{number}"), plan(number), "") for number in (1, 2)]
IN_A_PULL = [PostedPlan(job(f"j{number}"), plan(number, pull=9, pull_sha=f"sha{number}"), "") for number in (1, 2)]


def origin(by: By, id_: int = 99, *, seconds: float = 60.0, **more: Any) -> Origin:
    """Said so many seconds after the latest plan was posted."""
    at = datetime.fromtimestamp(POSTED_AT + 2 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Origin(by, id_, at, **more)


@pytest.mark.parametrize(
    ("text", "said", "posted", "means"),
    [
        ("", origin(By.COMMENT), IN_COMMENTS, 2),
        ("v2", origin(By.COMMENT), IN_COMMENTS, 2),
        ("", origin(By.COMMENT, 41), IN_COMMENTS, "was posted after you wrote this"),
        ("v2", origin(By.COMMENT, 41), IN_COMMENTS, 2),
        ("v1", origin(By.COMMENT), IN_COMMENTS, "was replaced by v2"),
        ("v3", origin(By.COMMENT), IN_COMMENTS, "There is no plan v3"),
        ("all of it", origin(By.COMMENT), IN_COMMENTS, "Which plan do you mean?"),
        # The ids of reviews are of another row than those of comments.
        ("", origin(By.REVIEW, 7), IN_COMMENTS, 2),
        ("", origin(By.REVIEW, 99, seconds=-1.0), IN_COMMENTS, "posted after this or seconds before"),
        ("", origin(By.REVIEW, 99, seconds=UNREAD_SECONDS - 1), IN_COMMENTS, "posted after this or seconds before"),
        ("v2", origin(By.REVIEW, 99, seconds=-1.0), IN_COMMENTS, 2),
        ("", origin(By.BUTTON, job_id="j2"), IN_COMMENTS, 2),
        ("", origin(By.BUTTON, job_id="j1"), IN_COMMENTS, "was replaced by v2"),
        # A review approves what it is of.
        ("", origin(By.REVIEW, commit="sha2", seconds=1.0), IN_A_PULL, 2),
        ("", origin(By.REVIEW, commit="sha1"), IN_A_PULL, "was replaced by v2"),
        ("", origin(By.REVIEW, commit="theirs"), IN_A_PULL, "You approved `theirs`, which has no version of the plan"),
    ],
)
def test_an_approval_means_the_latest_plan_that_could_be_read(
    text: str, said: Origin, posted: list[PostedPlan], means: int | str
) -> None:
    found = which_plan(text, said, posted, "/harvest")
    if isinstance(means, int):
        assert isinstance(found, PostedPlan)
        assert found.plan.version == means
    else:
        assert isinstance(found, str)
        assert means in found


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (Now("base", None, "A bug", "It breaks.", is_open=True, pull_sha="sha1"), ""),
        (Now("moved", None, "A bug", "It breaks.", is_open=True, pull_sha="sha1"), "`main` has moved"),
        (Now(None, None, "A bug", "It breaks.", is_open=True, pull_sha="sha1"), "the branch `main` is gone"),
        (Now("base", "there", "A bug", "It breaks.", is_open=True, pull_sha="sha1"), "`work` was pushed"),
        (Now("base", None, "A bug", "It burns.", is_open=True, pull_sha="sha1"), "the title or text of this issue"),
        (Now("base", None, "A bug", "It breaks.", is_open=True, pull_sha="theirs"), "somebody else pushed"),
        # It was closed when this plan was approved before.
        (Now("base", None, "A bug", "It breaks.", is_open=True, pull_sha=""), ""),
    ],
)
def test_a_plan_is_void_once_what_it_was_made_from_or_what_shows_it_has_changed(now: Now, why: str) -> None:
    found = why_void(plan(1, pull=9, pull_branch="harvest/plan-7-a-bug", pull_sha="sha1"), an_ask(), now)
    assert found.startswith(why)
    assert bool(found) is bool(why)
