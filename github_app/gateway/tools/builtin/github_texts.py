"""How issues, pull requests and what is said on them read to an agent. Pure.

What people wrote is shown as a page shows it: comments in HTML and what else a reader doesn't see are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from github_app.text.hostile import clean

MAX_BODY_CHARACTERS = 12_000
MAX_COMMENT_CHARACTERS = 3_000
MAX_LINE_CHARACTERS = 300


def issue_text(issue: Mapping[str, Any]) -> str:
    labels = ", ".join(line(label["name"]) for label in issue["labels"])
    facts = [
        f"#{issue['number']} {line(issue['title'])}",
        f"{issue['state']}, opened by {login(issue)} on {issue['created_at']}",
        f"labels: {labels}" if labels else "",
        f"comments: {issue['comments']}",
        "It is a pull request." if issue.get("pull_request") else "",
    ]
    return with_body(facts, issue["body"], MAX_BODY_CHARACTERS)


def pull_text(pull: Mapping[str, Any]) -> str:
    state = "merged" if pull["merged"] else "draft" if pull["draft"] and pull["state"] == "open" else pull["state"]
    facts = [
        f"#{pull['number']} {line(pull['title'])}",
        f"{state}, opened by {login(pull)} on {pull['created_at']}",
        f"from {line(pull['head']['ref'])} at {pull['head']['sha']} into {line(pull['base']['ref'])}",
        f"{pull['changed_files']} files, +{pull['additions']} -{pull['deletions']}, {pull['commits']} commits",
        "It has conflicts with its base." if pull.get("mergeable") is False else "",
    ]
    return with_body(facts, pull["body"], MAX_BODY_CHARACTERS)


def comment_text(comment: Mapping[str, Any]) -> str:
    """A comment in a conversation, or on a line of the difference."""
    at = comment.get("line") or comment.get("original_line")
    facts = [
        f"{login(comment)} on {comment['created_at']}",
        f"on {line(comment['path'])}:{at}" if comment.get("path") else "",
        f"in answer to comment {comment['in_reply_to_id']}" if comment.get("in_reply_to_id") else "",
    ]
    return with_body([f"comment {comment['id']}, {', '.join(filter(None, facts))}"], comment["body"], MAX_COMMENT_CHARACTERS)


def review_text(review: Mapping[str, Any]) -> str:
    when = review.get("submitted_at") or "not yet submitted"
    return with_body([f"{login(review)}: {review['state']} ({when})"], review["body"], MAX_COMMENT_CHARACTERS)


def commits_text(commits: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for one in commits:
        message, author = one["commit"]["message"], one["commit"]["author"]
        rows.append(f"{one['sha'][:10]} {author['date']} {line(author['name'])}: {line(message.partition(chr(10))[0])}")
    return "\n".join(rows) or "There is no commit."


def found_text(items: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(line(item["path"]) for item in items) or "Nothing was found."


def with_body(facts: Sequence[str], body: str | None, most: int) -> str:
    text = clean(body or "").strip()
    if len(text) > most:
        text = f"{text[:most]}\n[cut here: {len(text) - most:,} more characters]"
    return "\n\n".join(filter(None, ["\n".join(filter(None, facts)), text]))


def login(document: Mapping[str, Any]) -> str:
    return line((document.get("user") or {}).get("login") or "somebody who is gone")


def line(text: str) -> str:
    return " ".join(clean(text).split())[:MAX_LINE_CHARACTERS]
