"""One table says which of GitHub's failures are tried again, and how long to wait. Pure.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from githubkit.exception import GitHubException


class GitHubProblem(Exception):
    """A request to GitHub that did not do what was asked. `what` is the request, as "POST /repos/…"."""

    def __init__(self, what: str, reason: str, status: int | None = None) -> None:
        super().__init__(f"{what}: {reason}")
        self.what = what
        self.reason = reason
        self.status = status


class Passing(GitHubProblem):
    """It may go through later: GitHub was not reached, was overloaded, or asks for a pause of `wait_seconds`.

    The effect may have happened all the same (an answer can be lost), so who creates something looks before trying again.
    """

    def __init__(self, what: str, reason: str, wait_seconds: float, status: int | None = None) -> None:
        super().__init__(what, reason, status)
        self.wait_seconds = wait_seconds


class RateLimited(Passing):
    """GitHub takes no more for now, and did nothing of what was asked. `asked_seconds` is the pause that it asked for, None if
    it did not say."""

    def __init__(self, what: str, asked_seconds: float | None) -> None:
        wait_seconds = RATE_LIMITED.first if asked_seconds is None else asked_seconds
        super().__init__(what, "GitHub's rate limit is reached", wait_seconds, status=429)
        self.asked_seconds = asked_seconds


class NotNow(GitHubProblem):
    """Progress that was not shown because something more urgent was being said. The next one shows more."""


class TokenRefused(Passing):
    """The installation token is no longer good: it was revoked or ran out early. With a new one it may go through."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason, wait_seconds=0, status=401)


class Refused(GitHubProblem):
    """GitHub said no, and asking again won't change it (no such thing, no permission, not valid)."""


class InstallationSuspended(Refused):
    """The App's installation is suspended: nothing can be done for this repository until it is not."""


class NotInstalled(Refused):
    """GitHub knows no such installation of this App: as a rule it was uninstalled, and there is nobody to do anything for."""


@dataclass(frozen=True)
class Pause:
    """How long to wait before the next try. `first` doubles up to `longest`; all in seconds."""

    first: float
    longest: float

    def before_try(self, number: int) -> float:
        """The wait before try `number` (the second try is 1)."""
        return float(min(self.longest, self.first * 2 ** max(0, number - 1)))


# A server that fails or isn't reached is usually back in seconds; a rate limit without a header wants a minute, growing.
UNREACHED = Pause(first=0.5, longest=60)
RATE_LIMITED = Pause(first=60, longest=900)


def classify(error: GitHubException, what: str) -> GitHubProblem:
    """What a failed request means: `Passing` is tried again by the caller, `Refused` is not."""
    from githubkit.exception import RateLimitExceeded, RequestFailed

    if isinstance(error, RateLimitExceeded):
        return RateLimited(what, max(error.retry_after.total_seconds(), 0.0))
    if not isinstance(error, RequestFailed):
        # githubkit's own error says only that there was one; the HTTP client's below it says which.
        cause = error.__cause__ or error
        why = f"{type(cause).__name__}: {cause}".removesuffix(": ")
        return Passing(what, f"GitHub was not reached ({why})", UNREACHED.first)
    status, message = error.response.status_code, message_of(error.response.text)
    if status == 429 or (status == 403 and "secondary rate limit" in message.lower()):
        return RateLimited(what, None)
    if status >= 500 or status == 408:
        return Passing(what, f"GitHub answered {status}", seconds_asked(error.response.headers), status)
    if status == 403 and "suspended" in message.lower():
        return InstallationSuspended(what, message, status)
    return Refused(what, f"GitHub answered {status}: {message}", status)


def classify_query(errors: list[dict[str, Any]]) -> GitHubProblem:
    """What the errors in a GraphQL answer mean; its status is 200 all the same."""
    if any(error.get("type") in ("RATE_LIMIT", "RATE_LIMITED") for error in errors):
        return RateLimited("POST /graphql", None)
    return Refused("POST /graphql", "; ".join(str(error.get("message")) for error in errors)[:500])


def seconds_asked(headers: Mapping[str, str]) -> float:
    """The pause that a server which is not there asks for, if it says so in seconds."""
    asked = headers.get("retry-after", "")
    return max(UNREACHED.first, float(asked)) if asked.isascii() and asked.isdigit() else UNREACHED.first


def seconds_until_reset(headers: Mapping[str, str], now: float) -> float | None:
    """How long until GitHub answers again, when this was the last request of the hour; `now` is in seconds since the epoch."""
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") != "0" or not (reset.isascii() and reset.isdigit()):
        return None
    return max(float(reset) - now, 0.0)


def message_of(text: str) -> str:
    """GitHub's own words in an error answer, short enough for a log line; the body itself when it is not GitHub's JSON."""
    import msgspec

    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text[:200] or "(no text)"
    if not isinstance(document, dict):
        return text[:200]
    details = document.get("errors") or []
    parts = [str(document.get("message", ""))]
    if isinstance(details, list):
        parts += [str(item.get("message") or item) if isinstance(item, dict) else str(item) for item in details]
    return "; ".join(part for part in parts if part)[:500]


def longer_wait(problem: Passing, tries: int) -> float:
    """Seconds that a step waits before it is tried again: what GitHub asked for, else growing pauses."""
    if isinstance(problem, RateLimited):
        return max(problem.wait_seconds, 1.0)
    return max(problem.wait_seconds, UNREACHED.before_try(tries))
