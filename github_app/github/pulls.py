"""Opening a pull request from a branch, and finding the one that is open.

https://docs.github.com/en/rest/pulls/pulls
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from github_app.github.failures import Refused
from github_app.github.threads import Thread


async def open_pull(thread: Thread, new: dict[str, Any]) -> int:
    """Open it, as a draft if it says so and the repository's plan has those, or adopt the one that is open from its branch;
    gives the number."""
    try:
        return int((await thread.request("POST", "/pulls", new))["number"])
    except Refused as problem:
        if problem.status == 422 and "draft" in problem.reason.lower() and new["draft"]:
            return int((await thread.request("POST", "/pulls", {**new, "draft": False}))["number"])
        if problem.status == 422 and "already exists" in problem.reason:
            found = await find_pull(thread, new["head"])
            if found is not None:
                return found
        raise


async def find_pull(thread: Thread, branch: str) -> int | None:
    """The open pull request from that branch of this repository."""
    owner = thread.repository.partition("/")[0]
    pulls = await thread.request("GET", f"/pulls?state=open&head={quote(f'{owner}:{branch}', safe='')}")
    return int(pulls[0]["number"]) if pulls else None
