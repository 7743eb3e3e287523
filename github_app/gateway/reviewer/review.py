"""A plan's review: by Gemini where the operator has a key for it, else by a second Claude model, on the job's budget."""

from __future__ import annotations

from dataclasses import dataclass

from github_app.domain.plan import Finding
from github_app.gateway.model.admission import Admitted
from github_app.gateway.model.budget import Budgets
from github_app.gateway.model.refusals import Refusal
from github_app.gateway.reviewer.asked_model import Answer, NoAnswer
from github_app.gateway.reviewer.claude import ask_claude, second_model
from github_app.gateway.reviewer.gemini import ask_gemini
from github_app.gateway.reviewer.question import MAX_ANSWER_TOKENS, RULES, Unreadable, findings_in, question
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


async def review(settings: Settings, budgets: Budgets, token_sha256: str, *, planner: str, asked: str, plan: str) -> Review:
    """Review the plan that the model `planner` made. The token is the job's at the gateway: what the review costs is reserved
    on its budgets before and recorded after, as for the agent."""
    text = question(asked, plan)
    instead = settings.gemini_api_key is None
    by = settings.review_model
    try:
        if instead:
            if settings.anthropic_api_key is None:
                return Review(problem="Harvest has a key for neither Gemini nor a second Claude model", instead=True)
            by = await second_model(planner, key=settings.anthropic_api_key, base_url=settings.anthropic_base_url)
        # A token has at least one byte.
        prompt_tokens = len((RULES + text).encode())
        paid = Admitted(model=by, max_tokens=MAX_ANSWER_TOKENS, prompt_tokens=prompt_tokens, body=b"")
        async with budgets.reserved(token_sha256, await budgets.open_grant(token_sha256), paid) as reservation:
            answer = await _ask(settings, by, text)
            await reservation.settle(answer.used or reservation.most())
        return Review(by=by, findings=findings_in(answer.text), instead=instead)
    except (NoAnswer, Unreadable) as problem:
        return Review(problem=f"{by}: {_line(str(problem), settings)}", instead=instead)
    except Refusal as refusal:
        return Review(problem=refusal.message, instead=instead)


async def _ask(settings: Settings, model: str, text: str) -> Answer:
    if settings.gemini_api_key is not None:
        return await ask_gemini(text, model=model, key=settings.gemini_api_key, base_url=settings.gemini_base_url)
    assert settings.anthropic_api_key is not None  # noqa: S101 - looked at above
    return await ask_claude(text, model=model, key=settings.anthropic_api_key, base_url=settings.anthropic_base_url)


def _line(said: str, settings: Settings) -> str:
    keys = [key for key in (settings.gemini_api_key, settings.anthropic_api_key) if key is not None]
    return " ".join(Redactor(keys)(said).split())[:MAX_REASON_CHARACTERS]
