"""A second model reviews a plan, on the job's budget: Gemini by Google's SDK, or another Claude than the planner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from github_app.gateway.model.budget import Budgets
from github_app.gateway.reviewer.question import MAX_FINDINGS, Unreadable, findings_in
from github_app.gateway.reviewer.review import Review, review
from github_app.settings.operator import Settings
from tests.anthropic_service import AnthropicService, anthropic_service
from tests.gateway.grants import MemoryGrants
from tests.gemini_service import GeminiService, gemini_service

TOKEN, JOB = "harvest-review-1", "job-1"
FINDING = {"severity": "SHOULD", "what": "No test", "why": "It may break.", "fix": "Add one."}
CLAUDE = """
title = "Review"
[[acts]]
name = "review"
prompt = "Review it"
[[acts.scenes]]
name = "give"
calls = [{ tool = "give_findings", input = { findings = [
  { severity = "SHOULD", what = "No test", why = "It may break.", fix = "Add one." },
] } }]
usage = { input = 1000, output = 100 }
"""
GEMINI = f"""
title = "Review"
[[acts]]
name = "review"
prompt = "Review it"
[[acts.scenes]]
name = "give"
say = '''{json.dumps({"findings": [FINDING]})}'''
usage = {{ input = 1000, output = 100 }}
"""
BUSY_ONCE = 'fault = { kind = "refuse", status = 503 }\n'


@pytest.fixture(scope="module")
def anthropic() -> Iterator[AnthropicService]:
    with anthropic_service() as service:
        yield service


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiService]:
    with gemini_service() as service:
        yield service


@pytest.fixture
def grants() -> MemoryGrants:
    grants = MemoryGrants()
    grants.give(TOKEN, JOB, budget_usd=1.0)
    return grants


async def reviewed(grants: MemoryGrants, environment: dict[str, str], planner: str = "claude-sonnet-5-5") -> Review:
    settings = Settings.model_validate(environment)
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    return await review(settings, Budgets(grants), digest, planner=planner, asked="Fix it.", plan="### 1. Fix it")


async def test_gemini_reviews_and_is_paid_by_the_job(grants: MemoryGrants, gemini: GeminiService) -> None:
    gemini.play(GEMINI + BUSY_ONCE)
    found = await reviewed(grants, gemini.environment)

    assert (found.by, found.instead, found.problem) == ("gemini-3.1-pro-preview", False, "")
    assert [(one.severity, one.what) for one in found.findings] == [("SHOULD", "No test")]
    (use,) = grants.added
    # $2 a million in, $12 out.
    assert (use[1], use[2].cost_microdollars) == ("gemini-3.1-pro-preview", 2000 + 1200)
    assert [request["status"] for request in gemini.requests()] == [503, 200], "a busy model is asked again"


@pytest.mark.parametrize(
    ("planner", "by"), [("claude-sonnet-5-5", "claude-opus-5-5"), ("claude-opus-5-5", "claude-sonnet-5-5")]
)
async def test_without_geminis_key_another_claude_than_the_planner_reviews(
    grants: MemoryGrants, anthropic: AnthropicService, planner: str, by: str
) -> None:
    anthropic.play(CLAUDE)
    found = await reviewed(grants, anthropic.environment, planner)

    assert (found.by, found.instead, found.problem) == (by, True, "")
    assert [one.what for one in found.findings] == ["No test"]
    assert grants.added[0][2].cost_microdollars > 0


async def test_only_a_model_that_may_be_used_reviews(grants: MemoryGrants, anthropic: AnthropicService) -> None:
    anthropic.play(CLAUDE)
    found = await reviewed(grants, {**anthropic.environment, "HARVEST_MODELS": "sonnet,haiku"}, "claude-sonnet-5-5")
    assert "no other Claude model that may be used than the planner's (claude-sonnet-5-5)" in found.problem
    assert (found.by, grants.added) == ("", [])


async def test_an_answer_that_breaks_off_counts_as_the_most_that_it_may_have_cost(
    grants: MemoryGrants, anthropic: AnthropicService, gemini: GeminiService
) -> None:
    cut = 'fault = { kind = "cut", after_events = 1, times = 0 }\n'
    anthropic.play(CLAUDE + cut)
    gemini.play(GEMINI + cut)
    for environment in (anthropic.environment, gemini.environment):
        assert "not reached" in (await reviewed(grants, environment)).problem
    assert [use[2].output_tokens for use in grants.added] == [16_000, 16_000]


async def test_what_goes_wrong_is_said_without_the_key_and_costs_nothing(
    grants: MemoryGrants, gemini: GeminiService, anthropic: AnthropicService
) -> None:
    gemini.play(GEMINI)
    wrong = {**gemini.environment, "GEMINI_API_KEY": "made-up-key-of-mine"}
    away = {**gemini.environment, "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1"}
    missing = {**gemini.environment, "HARVEST_REVIEW_MODEL": "claude-of-google"}
    by_claude = {**anthropic.environment, "ANTHROPIC_API_KEY": "made-up-key-of-mine"}
    problems = [(await reviewed(grants, environment)).problem for environment in (wrong, away, missing, by_claude, {})]

    expected = ["API key not valid", "not reached", "is not found for API version", "invalid x-api-key", "a key for neither"]
    assert [said in problem for said, problem in zip(expected, problems, strict=True)] == [True] * 5, problems
    assert "made-up-key-of-mine" not in str(problems)
    assert grants.added == []


async def test_a_job_whose_budget_is_spent_gets_no_review(grants: MemoryGrants, gemini: GeminiService) -> None:
    gemini.play(GEMINI)
    gemini.forget()
    grants.spend(JOB, 1_000_000)

    assert "has spent $1.00 of a budget of $1.00" in (await reviewed(grants, gemini.environment)).problem
    assert gemini.requests() == []


async def test_an_answer_that_is_no_review_is_paid_and_said_to_be_none(grants: MemoryGrants, gemini: GeminiService) -> None:
    gemini.play(GEMINI.replace('"findings"', '"praise"'))

    assert "its answer is not what was asked for" in (await reviewed(grants, gemini.environment)).problem
    assert len(grants.added) == 1


def test_the_worst_findings_stand_first_and_there_are_only_so_many() -> None:
    many = [{**FINDING, "severity": severity} for severity in ("CONSIDER", "SHOULD", "BLOCKER") for _ in range(MAX_FINDINGS)]
    found = findings_in(json.dumps({"findings": many}))

    assert {one.severity for one in found} == {"BLOCKER"}
    assert len(found) == MAX_FINDINGS


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"findings": [{}]}', '{"findings": [{"severity": "FATAL"}]}'])
def test_what_is_no_list_of_findings_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        findings_in(text)


def test_a_finding_loses_what_a_reader_would_not_see_and_what_is_too_long() -> None:
    hidden = {**FINDING, "what": "Seen<!-- not seen -->", "why": "long " * 1000}
    (found,) = findings_in(json.dumps({"findings": [hidden]}))

    assert found.what == "Seen"
    assert len(found.why) < 700
