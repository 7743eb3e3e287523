"""Deliveries as GitHub shapes them, of a wanted size, each different from all others at its very end.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

EVENT = "issue_comment"

# GitHub's are this large: a comment on an issue, and one with whole repositories nested in it or a long text.
SIZES = {"8 KB": 8_000, "27 KB": 27_000}

# A repository in a payload is mostly its own addresses.
ADDRESSES = """
archive assignees blobs branches clone collaborators comments commits compare contents contributors deployments downloads
events forks git_commits git_refs git_tags git hooks html issue_comment issue_events issues keys labels languages merges
milestones notifications pulls releases ssh stargazers statuses subscribers subscription svn tags teams trees
"""

PARAGRAPH = 'The second is rounded after the minute was cut off, so that "119.6" is written as `1m 60s`.\n'


class Deliveries:
    """Endless deliveries of one size. `request(n)` is the n-th as bytes to be sent; equal n gives equal bytes."""

    def __init__(self, *, size: int, comment: str, path: str, secret: str) -> None:
        document = payload(comment)
        missing = size - len(json.dumps(document))
        document["issue"]["body"] = (PARAGRAPH * (missing // len(PARAGRAPH) + 1))[: max(0, missing)]
        # The comment stands last, and its id at its end: the signature of all before it is made once.
        text = json.dumps({**document, "comment": {**document["comment"], "id": 0}})
        self._front = text.removesuffix("0}}").encode()
        self._signed = hmac.new(secret.encode(), self._front, hashlib.sha256)
        length = len(self._front) + len(ending(0))
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\ncontent-type: application/json\r\n"
            f"user-agent: GitHub-Hookshot/4f2a1c9\r\ncontent-length: {length}\r\nx-github-event: {EVENT}\r\n"
        )

    def request(self, number: int) -> bytes:
        last = ending(number)
        signature = self._signed.copy()
        signature.update(last)
        head = (
            f"{self._head}x-github-delivery: 00000000-0000-4000-8000-{number:012d}\r\n"
            f"x-hub-signature-256: sha256={signature.hexdigest()}\r\n\r\n"
        )
        return head.encode() + self._front + last


def ending(number: int) -> bytes:
    """The comment's id and the end of the document, always of one length."""
    return f"{1_000_000_000_000 + number}}}}}".encode()


def payload(comment: str) -> dict[str, Any]:
    repository = {
        "id": 4711,
        "full_name": "tidewater-labs/timespan",
        "default_branch": "main",
        "size": 120,
        "private": True,
        "archived": False,
        "owner": account("tidewater-labs", 11, "Organization"),
        **{
            f"{name}_url": f"https://api.github.com/repos/tidewater-labs/timespan/{name}{{/sha}}" for name in ADDRESSES.split()
        },
    }
    moment = "2026-11-22T12:00:00Z"
    return {
        "action": "created",
        "issue": {
            "id": 815,
            "number": 2,
            "title": 'format_span writes "1m 60s"',
            "state": "open",
            "created_at": moment,
            "updated_at": moment,
            "user": account("mira-okafor", 12, "User"),
            "labels": [{"id": 1, "name": "bug", "color": "d73a4a", "default": True}],
            "body": "",
        },
        "repository": repository,
        "sender": account("mira-okafor", 12, "User"),
        "installation": {"id": 99},
        "comment": {
            "user": account("mira-okafor", 12, "User"),
            "created_at": moment,
            "updated_at": moment,
            "body": comment,
        },
    }


def account(login: str, number: int, kind: str) -> dict[str, Any]:
    places = ("avatar_url", "events_url", "followers_url", "gists_url", "html_url", "repos_url", "url")
    return {
        "login": login,
        "id": number,
        "type": kind,
        "site_admin": False,
        **{place: f"https://api.github.com/users/{login}/{place[:-4]}" for place in places},
    }
