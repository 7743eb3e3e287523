"""What GitHub says when it says no. https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOCUMENTATION_URL = "https://docs.github.com/rest"


class Refused(Exception):
    """A request that GitHub answers with an error: status, message, and the details of a 422 (sentences on some routes,
    objects with resource, field, code and message on others)."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
        documentation_url: str = DOCUMENTATION_URL,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        self.documentation_url = documentation_url

    def body(self) -> dict[str, Any]:
        """The answer's JSON, in GitHub's error shape."""
        body: dict[str, Any] = {
            "message": self.message,
            "documentation_url": self.documentation_url,
            "status": str(self.status),
        }
        if self.errors is not None:
            body["errors"] = self.errors
        return body


class Moved(Refused):
    """What was asked for is at another address; `url` is that of the API.
    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects"""

    def __init__(self, url: str, status: int = 301) -> None:
        super().__init__(status, "Moved Permanently", headers={"location": url})
        self.url = url

    def body(self) -> dict[str, Any]:
        return {**super().body(), "url": self.url}


def not_found() -> Refused:
    """Absent, or not to be seen by who asked: GitHub doesn't say which."""
    return Refused(404, "Not Found")


def bad_credentials() -> Refused:
    return Refused(401, "Bad credentials")


def requires_authentication() -> Refused:
    return Refused(401, "Requires authentication")


def not_accessible(permission: str, level: str) -> Refused:
    """The App's token lacks a permission; GitHub names what would have been accepted in a header."""
    header = {"x-accepted-github-permissions": f"{permission}={level}"}
    return Refused(403, "Resource not accessible by integration", headers=header)


def forbidden(message: str) -> Refused:
    return Refused(403, message)


def unprocessable(summary: str = "Validation Failed", **error: Any) -> Refused:
    """A 422; keyword arguments make one entry of its `errors`: resource, field, code, message."""
    return Refused(422, summary, errors=[error] if error else None)
