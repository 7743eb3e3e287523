"""Where things stand in GitHub's API. Pure."""

from __future__ import annotations

import re

from github_app.github.failures import Refused

NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def repository_path(full_name: str) -> str:
    """`/repos/owner/name`, refusing anything that could reach another path of the API."""
    if not NAME.fullmatch(full_name) or ".." in full_name.split("/"):
        raise Refused(f"/repos/{full_name!r}", "not a repository's name")
    return f"/repos/{full_name}"


def graphql_url(api_url: str) -> str:
    """Beside the REST API on github.com, and on GitHub Enterprise Server one step above its version."""
    return f"{api_url.rstrip('/').removesuffix('/v3')}/graphql"
