"""Anthropic's errors: which status has which type, and the body around them. https://docs.claude.com/en/api/errors"""

from __future__ import annotations

from typing import Any

# https://docs.claude.com/en/api/errors#http-errors; the sentences are those the service says when nothing better is known.
TYPES = {
    400: ("invalid_request_error", "Your request was malformed."),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the Anthropic API."),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not Found"),
    405: ("invalid_request_error", "Method Not Allowed"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit. Please try again later."),
    500: ("api_error", "Internal server error"),
    504: ("timeout_error", "Request timed out"),
    529: ("overloaded_error", "Overloaded"),
}


class ApiError(Exception):
    """An error to be answered; `message` is what the client reads."""

    def __init__(self, status: int, message: str | None = None, *, retry_after: int | None = None) -> None:
        kind, sentence = TYPES.get(status, ("api_error", "Internal server error"))
        self.status = status
        self.kind = kind
        self.message = message or sentence
        self.retry_after = retry_after
        super().__init__(f"{status} {kind}: {self.message}")

    def body(self, request_id: str) -> dict[str, Any]:
        """The answer's JSON."""
        return {"type": "error", "error": {"type": self.kind, "message": self.message}, "request_id": request_id}
