"""githubkit as a client: each answer is read into the models that its makers derived from GitHub's description."""

from __future__ import annotations

from typing import Any

from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import RequestFailed

from tests.github_service import GitHubService, Person


def client_of(github: GitHubService, who: Person) -> Any:
    """The client of one person. `parsed_data` of an answer raises for what the model doesn't allow."""
    url = github.env["GITHUB_API_URL"]
    return GitHub(
        TokenAuthStrategy(who.token),
        base_url=url,
        trust_env=False,
        ssl_verify=False,  # nothing goes out of the machine, and reading certificates takes longer than the request
        http_cache=False,
        auto_retry=False,
    )


def refusal(failed: RequestFailed) -> tuple[int, Any]:
    """Status and details of an answer that says no."""
    said = failed.response.json()
    return failed.response.status_code, said.get("errors", said["message"])
