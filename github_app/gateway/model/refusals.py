"""What the gateway says instead of passing a request on: bodies shaped like Anthropic's, so that the CLI prints the sentence.

The statuses are chosen by what the CLI (2.1.330) does with them, measured: after 402, 403 and 413 it ends at once; a 400 it
sends six times over, changed each time; 401, 429 and 5xx it repeats for minutes, unless `x-should-retry: false` comes along.
https://docs.claude.com/en/api/errors
"""

from __future__ import annotations

from starlette.responses import JSONResponse

from state.budgets import Budget
from state.columns import to_dollars

DONT_RETRY = {"x-should-retry": "false"}


class Refusal(Exception):
    """A request that isn't passed on: the HTTP status, Anthropic's name for such an error, and a sentence for a person."""

    def __init__(self, status: int, kind: str, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.retry = retry

    def response(self) -> JSONResponse:
        """The answer to the client."""
        body = {"type": "error", "error": {"type": self.kind, "message": self.message}}
        return JSONResponse(body, self.status, {} if self.retry else DONT_RETRY)


def no_gateway() -> Refusal:
    return Refusal(403, "permission_error", "agents of this Harvest reach their model directly (HARVEST_MODEL_ACCESS)")


def unknown_token() -> Refusal:
    return Refusal(
        401, "authentication_error", "Harvest's gateway doesn't know this token: it is good for one job, while that runs"
    )


def job_has_ended() -> Refusal:
    return Refusal(403, "permission_error", "this job has ended, and its access to the model with it")


def model_not_allowed(model: str, allowed: tuple[str, ...], by: str) -> Refusal:
    """`by` is the setting that says so."""
    listed = ", ".join(allowed) or "none"
    return Refusal(403, "permission_error", f"the model {model!r} is not allowed here; allowed are: {listed} ({by})")


def not_metered(what: str) -> Refusal:
    message = f"Harvest's gateway does not pass on {what}: its cost is not counted in tokens, so no budget could hold"
    return Refusal(403, "permission_error", message)


def reaches_out(kind: str) -> Refusal:
    message = (
        f"Harvest's gateway does not pass on a source of the type {kind!r}: the model's servers would fetch it themselves. "
        "Send the content along, as base64, text or content"
    )
    return Refusal(400, "invalid_request_error", message)


def budget_spent(budget: Budget) -> Refusal:
    spent, limit = (
        f"${dollars:.2f}" if dollars >= 0.1 else f"${dollars:.4f}"
        for dollars in map(to_dollars, (budget.spent_microdollars, budget.limit_microdollars))
    )
    period = f" {budget.period}" if budget.period else ""
    return Refusal(402, "billing_error", f"{budget.whose} has spent {spent} of a budget of {limit}{period} ({budget.set_by})")


def malformed(problem: str) -> Refusal:
    return Refusal(400, "invalid_request_error", problem)


def too_large(limit_bytes: int) -> Refusal:
    return Refusal(413, "request_too_large", f"the request is larger than {limit_bytes // 1024 // 1024} MB")


def not_found() -> Refusal:
    return Refusal(
        404, "not_found_error", "Harvest's gateway serves POST /v1/messages and POST /v1/messages/count_tokens only"
    )


def too_many_at_once(limit: int) -> Refusal:
    return Refusal(429, "rate_limit_error", f"a job may have {limit} requests to the model at once, and has them", retry=True)


def upstream_unreachable() -> Refusal:
    """The model may be back in a moment: this one is worth repeating."""
    return Refusal(502, "api_error", "Harvest's gateway can't reach the model's API just now", retry=True)
