"""A plan's review: by Gemini where the operator has a key for it, else by a second Claude model, on the job's budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from github_app.domain.plan import Finding
from github_app.gateway.model.admission import is_allowed
from github_app.gateway.model.budget import Budgets
from github_app.gateway.model.refusals import Refusal
from github_app.gateway.reviewer.asked_model import ANSWER_SECONDS, Answer, NoAnswer
from github_app.gateway.reviewer.claude import ask_claude, second_model
from github_app.gateway.reviewer.gemini import Question, ask_gemini
from github_app.gateway.reviewer.paid import paid_answer
from github_app.gateway.reviewer.question import RULES, SCHEMA, Unreadable, findings_in, question
from github_app.settings.operator import Settings
from github_app.text.redact import Redactor

# What a vendor says of a failure is a line or two.
MAX_REASON_CHARACTERS = 200


@dataclass(frozen=True)
class Review:
    """`by` is the model that reviewed, empty when none did, and then `problem` says why. `instead` says that it stood in for
    Gemini, which the operator has no key for."""

    by: str = ""
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    instead: bool = False


async def review(
    settings: Settings,
    budgets: Budgets,
    token_sha256: str,
    *,
    planner: str,
    asked: str,
    plan: str,
    models: Sequence[str] | None = None,
) -> Review:
    """Review the plan that the model `planner` made. The token is the job's at the gateway: what the review costs is reserved
    on its budgets before and recorded after, as for the agent. `models` are the patterns of the Claude models that the
    repository keeps to, None for all that the operator allows."""
    text, instead = question(asked, plan), settings.gemini_api_key is None
    by = ""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            by = await _reviewer(settings, planner, models)
            answer = await _paid_answer(settings, budgets, token_sha256, by, text)
        return Review(by=by, findings=findings_in(answer.text), instead=instead)
    except TimeoutError:
        return Review(problem=f"{by}: no answer in {ANSWER_SECONDS:.0f} seconds".removeprefix(": "), instead=instead)
    except (NoAnswer, Unreadable) as problem:
        return Review(problem=f"{by}: {_line(str(problem), settings)}".removeprefix(": "), instead=instead)
    except Refusal as refusal:
        return Review(problem=refusal.message, instead=instead)


async def _reviewer(settings: Settings, planner: str, models: Sequence[str] | None) -> str:
    """The model that is asked."""
    if settings.gemini_api_key is not None:
        return settings.review_model
    if settings.anthropic_api_key is None:
        raise NoAnswer("Harvest has a key for neither Gemini nor a second Claude model")

    def may_use(model: str) -> bool:
        return is_allowed(model, settings.models) and (models is None or is_allowed(model, tuple(models)))

    return await second_model(planner, may_use, key=settings.anthropic_api_key, base_url=settings.anthropic_base_url)


async def _paid_answer(settings: Settings, budgets: Budgets, token_sha256: str, by: str, text: str) -> Answer:
    asked = Question(text, RULES, schema=SCHEMA)
    return await paid_answer(budgets, token_sha256, asked.admitted(by), lambda: _ask(settings, by, asked))


async def _ask(settings: Settings, model: str, asked: Question) -> Answer:
    if settings.gemini_api_key is not None:
        return await ask_gemini(asked, model=model, key=settings.gemini_api_key, base_url=settings.gemini_base_url)
    assert settings.anthropic_api_key is not None  # noqa: S101 - looked at above
    return await ask_claude(asked.text, model=model, key=settings.anthropic_api_key, base_url=settings.anthropic_base_url)


def _line(said: str, settings: Settings) -> str:
    keys = [key for key in (settings.gemini_api_key, settings.anthropic_api_key) if key is not None]
    return " ".join(Redactor(keys)(said).split())[:MAX_REASON_CHARACTERS]
