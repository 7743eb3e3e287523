"""Deliveries in GitHub's shape of which nothing may come, each with something that a reader of payloads may trip over.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from typing import Any

MIRA = {"id": 3, "login": "mira-okafor", "type": "User", "site_admin": False}
REPOSITORY = {"id": 2, "full_name": "orchard/slugs", "default_branch": "main", "size": 12, "private": False, "archived": False}
EVERY: dict[str, Any] = {"installation": {"id": 1, "node_id": "MDIz"}, "repository": REPOSITORY, "sender": MIRA}
ISSUE = {"id": 4, "number": 5, "title": "A bug", "updated_at": "2026-11-22T10:00:00Z", "user": MIRA, "body": None}
COMMENT = {"id": 6, "created_at": "2026-11-22T10:00:00Z", "updated_at": "2026-11-22T10:00:00Z", "user": MIRA}
HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
# Its fork and the account that had it are gone.
PULL = {"id": 7, "number": 8, "updated_at": "2026-11-22T10:00:00Z", "user": None, "head": {"ref": "mend", "repo": None}}

# The event's name, what the payload has beside what every one has, and the reason for which nothing is done.
OF_NO_CONSEQUENCE: list[tuple[str, dict[str, Any], str]] = [
    # An issue without its state; and one whose repository is another by now.
    ("issues", {"action": "pinned", "issue": ISSUE}, "issues.pinned is not acted on"),
    ("issues", {"action": "unpinned", "issue": ISSUE}, "issues.unpinned is not acted on"),
    ("issues", {"action": "transferred", "issue": ISSUE, "changes": {"new_issue": ISSUE}}, "issues.transferred is not"),
    # An account that was deleted, of which GitHub tells as of nobody.
    ("issues", {"action": "unassigned", "issue": {**ISSUE, "user": None}, "assignee": None}, "somebody else's"),
    ("issue_comment", {"action": "created", "issue": ISSUE, "comment": {**COMMENT, "user": None, "body": "no"}}, "no line"),
    ("issue_comment", {"action": "edited", "issue": ISSUE, "comment": {**COMMENT, "body": "no"}, "changes": {}}, "no other"),
    # A review without words, and one that is not yet there for others.
    ("pull_request_review", {"action": "submitted", "pull_request": PULL, "review": {"id": 9, "body": None}}, "no line"),
    ("pull_request_review", {"action": "dismissed", "pull_request": PULL, "review": {"id": 9, "body": ""}}, "not acted on"),
    # Checks of an App that was deleted, and by a button whose name GitHub leaves out.
    (
        "check_suite",
        {"action": "rerequested", "check_suite": {"id": 10, "head_sha": HEAD, "app": {"id": None}}},
        "not Harvest's",
    ),
    ("check_run", {"action": "rerequested", "check_run": {"id": 11, "head_sha": HEAD, "app": None}}, "not one of Harvest's"),
    ("check_run", {"action": "requested_action", "check_run": {"id": 11}, "requested_action": {}}, "not one of Harvest's"),
    # A branch that was deleted, and a commit status whose state stands at the top.
    ("push", {"ref": "refs/heads/mend", "after": "0" * 40, "deleted": True, "head_commit": None}, "push asks for nothing"),
    ("status", {"sha": HEAD, "state": "pending", "branches": [], "commit": {"sha": HEAD}}, "status asks for nothing"),
    # A field of a name that Harvest reads, and of another kind: an App may be subscribed to anything.
    ("deployment_review", {"action": "approved", "comment": "Ship it", "reviewers": []}, "deployment_review is not an event"),
    # What every App is told of, asked for or not: of no repository, and of nobody.
    ("installation", {"action": "created", "repository": None, "repositories": [REPOSITORY]}, "installation is not an event"),
    ("github_app_authorization", {"action": "revoked", "installation": None, "repository": None}, "is not an event"),
    ("security_advisory", {"action": "published", "sender": None, "repository": None}, "security_advisory is not an event"),
]
