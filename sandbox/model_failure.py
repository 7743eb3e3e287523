"""Why the model did not answer, told from the CLI's last word: a sentence for the thread, and what to do about it. Pure.

The status is the API's or the gateway's; where one status has several causes, the CLI's own text tells them apart. That text
is only looked at, never repeated: it is raw, and it may be the agent's.
https://docs.claude.com/en/api/errors
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sandbox.stream import Result

Cause = Literal[
    "budget_spent",
    "key_refused",
    "model_not_allowed",
    "model_unknown",
    "not_reached",
    "out_of_credit",
    "overloaded",
    "rate_limited",
    "request_refused",
    "too_long",
]

OPERATOR = "Whoever runs Harvest has to mend this: `harvest doctor` tries the model and says more. Then ask again."

# As the gateway words it (github_app/gateway/model/refusals.py).
_BUDGET = re.compile(r"has spent (\$\d+\.\d+) of a budget of (\$\d+\.\d+)")
_NOT_ALLOWED = "is not allowed here"
_JOB_OVER = ("this job has ended", "doesn't know this token")


@dataclass(frozen=True)
class ModelFailure:
    """`sentence` and `advice` are for the thread; `cause` is for the log."""

    cause: Cause
    sentence: str
    advice: str

    @property
    def too_much(self) -> bool:
        """Whether more was asked for than the model takes or the budget pays."""
        return self.cause in ("budget_spent", "too_long")


def model_failure(result: Result, model: str) -> ModelFailure | None:
    """The failure of a run that was asked to use `model`; None when it was not the model that failed."""
    status, text = result.api_error_status, result.text
    if budget := _BUDGET.search(text):
        told = f"The budget is spent: {budget[1]} of {budget[2]}."
        return ModelFailure("budget_spent", told, "Ask for less at once, or have whoever runs Harvest raise the budget.")
    if _NOT_ALLOWED in text and status == 403:
        told = f"Harvest may not use the model `{model}`: it is misspelt, or not among the models that are allowed."
        return ModelFailure("model_not_allowed", told, OPERATOR)
    if any(words in text for words in _JOB_OVER):
        return None
    if "credit balance" in text.lower() or status == 402:
        return ModelFailure("out_of_credit", "The account that Harvest pays the model with has run out of credit.", OPERATOR)
    if status is None:
        if "unable to connect" in text.lower() or "connection error" in text.lower():
            return _not_reached()
        return None
    match status:
        case 401 | 403:
            return ModelFailure("key_refused", "The model's API refused Harvest's key.", OPERATOR)
        case 404:
            told = f"The model `{model}` does not exist, or Harvest's key may not use it."
            return ModelFailure("model_unknown", told, OPERATOR)
        case 429:
            told = "The model's rate limit was reached and did not clear in time."
            return ModelFailure("rate_limited", told, "Ask again in some minutes.")
        case 502 if "can't reach the model" in text:
            return _not_reached()
        case 413:
            return _too_long()
        case 400 if "too long" in text.lower():
            return _too_long()
        case _ if status >= 500:
            told = f"The model was not available ({status}) for several tries."
            return ModelFailure("overloaded", told, "Ask again in some minutes.")
    told = f"The model's API refused a request ({status})."
    return ModelFailure(
        "request_refused", told, "Ask again. If it happens twice, tell whoever runs Harvest: the log says more."
    )


def _not_reached() -> ModelFailure:
    return ModelFailure("not_reached", "Harvest could not reach the model's API.", "Ask again in some minutes.")


def _too_long() -> ModelFailure:
    told = "The conversation has become too long for the model."
    return ModelFailure("too_long", told, "Ask on a new issue, or for a smaller part of it.")
