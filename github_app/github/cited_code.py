"""Whether code that somebody cited stands in a repository, and whether the repository is private; asked of GitHub, which no
agent has touched.

https://docs.github.com/en/rest/repos/contents#get-repository-content, https://docs.github.com/en/rest/repos/repos
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote as quoted

from github_app.domain.memory import is_quoted
from github_app.github.client import GitHub
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path


async def stands(
    github: GitHub, token: InstallationToken, repository: str, path: str, quote: str, sha: str, *, job_id: str
) -> bool | None:
    """Whether that file is there at this commit (empty: at the default branch's head) and has the quote, if one is given. None
    when that can't be told: the file is no text or too large, or GitHub doesn't say. Raises Passing."""
    ref = f"?ref={sha}" if sha else ""
    place = repository_path(repository)
    try:
        found = await github.with_token(token, "GET", f"{place}/contents/{quoted(path)}{ref}", job_id=job_id)
    except Refused as problem:
        if problem.status != 404:
            return None
        return None if await is_away(github, token, f"{place}/commits/{sha or 'HEAD'}", job_id) else False
    if not quote:
        return True
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        return None
    try:
        return is_quoted(quote, base64.b64decode(found["content"]).decode())
    except (binascii.Error, UnicodeDecodeError):
        return None


async def is_away(github: GitHub, token: InstallationToken, path: str, job_id: str) -> bool:
    """Whether it is not to be had at all, so that nothing can be said of what is in it."""
    try:
        await github.with_token(token, "GET", path, job_id=job_id)
    except Refused:
        return True
    return False


async def is_private(github: GitHub, token: InstallationToken, repository: str, *, job_id: str) -> bool:
    """Whether it is now; one that is internal to an enterprise is. Raises GitHubProblem."""
    found = await github.with_token(token, "GET", repository_path(repository), job_id=job_id)
    return found["private"] is not False
