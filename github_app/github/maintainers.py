"""Who looks after a repository: the people with the role maintain or admin.

https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators
"""

from __future__ import annotations

from github_app.github.client import GitHub
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path

# Enough to know whom to turn to.
MOST_NAMED = 3


async def maintainers_of(github: GitHub, token: InstallationToken, repository: str, job_id: str) -> list[str]:
    """Some of their logins; none where GitHub does not tell."""
    try:
        listed = await github.with_token(
            token, "GET", f"{repository_path(repository)}/collaborators?per_page=100", job_id=job_id
        )
    except Refused:
        return []
    return [one["login"] for one in listed if one.get("role_name") in ("maintain", "admin")][:MOST_NAMED]
