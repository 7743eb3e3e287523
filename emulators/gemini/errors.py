"""The Gemini API's errors: which HTTP status has which canonical code, and the body around them.

https://ai.google.dev/gemini-api/docs/troubleshooting, https://cloud.google.com/apis/design/errors#error_model
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# The sentences are those the service says when nothing better is known.
CODES = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    413: ("INVALID_ARGUMENT", "Request payload size exceeds the limit."),
    429: ("RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."),
    500: ("INTERNAL", "An internal error has occurred. Please retry."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}

SERVICE = "generativelanguage.googleapis.com"
_RPC = "type.googleapis.com/google.rpc"


class ApiError(Exception):
    """An error to be answered; `message` is what the client reads, `details` are messages of `google.rpc`."""

    def __init__(self, status: int, message: str | None = None, details: Sequence[dict[str, Any]] = ()) -> None:
        self.code, sentence = CODES.get(status, CODES[500])
        self.status = status
        self.message = message or sentence
        self.details = list(details)
        super().__init__(f"{status} {self.code}: {self.message}")

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        error: dict[str, Any] = {"code": self.status, "message": self.message, "status": self.code}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def no_key() -> ApiError:
    return ApiError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form "
        "of API consumer identity to call this API.",
    )


def wrong_key() -> ApiError:
    """A key that does not exist is an invalid argument, not a missing permission."""
    info = {
        "@type": f"{_RPC}.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }
    return ApiError(400, "API key not valid. Please pass a valid API key.", [info])


def no_such_model(model: str, method: str) -> ApiError:
    return ApiError(
        404,
        f"models/{model} is not found for API version v1beta, or is not supported for {method}. Call ListModels to see the "
        "list of available models and their supported methods.",
    )


def unknown_names(names: Sequence[tuple[str, str]]) -> ApiError:
    """`names` are fields that the API does not have, each with the path of what it stands in (empty at the top)."""
    said = [
        f'Invalid JSON payload received. Unknown name "{name}"' + (f" at '{path}'" if path else "") + ": Cannot find field."
        for name, path in names
    ]
    violations = [
        {"field": path, "description": sentence} if path else {"description": sentence}
        for (_, path), sentence in zip(names, said, strict=True)
    ]
    return ApiError(400, "\n".join(said), [{"@type": f"{_RPC}.BadRequest", "fieldViolations": violations}])


def retry_in(seconds: int) -> dict[str, Any]:
    """The detail by which the API says when to try again."""
    return {"@type": f"{_RPC}.RetryInfo", "retryDelay": f"{seconds}s"}
