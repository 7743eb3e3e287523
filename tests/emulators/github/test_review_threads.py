"""What REST can't say or do of reviews: threads and their end, drafts of pull requests, hidden comments."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.emulators.github.graphql_client import GraphQL
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

_numbers = itertools.count(1)

THREADS = """query ($owner: String!, $name: String!, $n: Int!) { repository(owner: $owner, name: $name) {
  pullRequest(number: $n) { id isDraft reviews(first: 20) { nodes { id state } } reviewThreads(first: 20) { nodes {
    id path line originalLine startLine diffSide subjectType isResolved isOutdated isCollapsed resolvedBy { login }
    viewerCanResolve viewerCanUnresolve
    comments(first: 20) { nodes { id databaseId body state outdated isMinimized minimizedReason replyTo { databaseId } } }
  } } } } }"""


class Pull:
    """The maintainer's pull request, as GraphQL shows it to somebody."""

    def __init__(self, github: GitHubService) -> None:
        roles = {github.maintainer.login: "maintain", github.reader.login: "read"}
        self.github = github
        self.name = github.add_repository(f"threads-{next(_numbers)}", files={"a": "b"}, roles=roles)
        self.push("one\ntwo\nthree\n")
        asked = {"title": "x", "head": "fix", "base": "main"}
        self.number = github.maintainer.post(f"/repos/{self.name}/pulls", asked)["number"]
        self.path = f"/repos/{self.name}/pulls/{self.number}"
        self.maintainer, self.reader = GraphQL(github, github.maintainer), GraphQL(github, github.reader)

    def push(self, text: str) -> None:
        self.github.push(self.name, "fix", {"new.txt": text}, self.github.maintainer)

    def comment(self, line: int = 2, body: str = "?") -> Any:
        sha = self.github.reader.get(self.path)["head"]["sha"]
        asked = {"commit_id": sha, "path": "new.txt", "line": line, "body": body}
        return self.github.reader.post(f"{self.path}/comments", asked)

    def seen_by(self, who: GraphQL) -> Any:
        owner, name = self.name.split("/")
        return who.ask(THREADS, owner=owner, name=name, n=self.number)["repository"]["pullRequest"]

    def threads(self, who: GraphQL | None = None) -> Any:
        return self.seen_by(who or self.reader)["reviewThreads"]["nodes"]


@pytest.fixture
def pull(github: GitHubService) -> Pull:
    return Pull(github)


def test_a_thread_holds_its_comments_and_is_resolved_and_unresolved(pull: Pull, github: GitHubService) -> None:
    first = pull.comment(body="Why?")
    github.maintainer.post(f"{pull.path}/comments/{first['id']}/replies", {"body": "Because."})
    [thread] = pull.threads()
    assert (thread["line"], thread["path"], thread["diffSide"], thread["subjectType"]) == (2, "new.txt", "RIGHT", "LINE")
    assert [(one["body"], one["replyTo"]) for one in thread["comments"]["nodes"]] == [
        ("Why?", None),
        ("Because.", {"databaseId": first["id"]}),
    ]
    assert not thread["viewerCanResolve"]
    forbidden = f"{github.reader.login} does not have the correct permissions to execute `ResolveReviewThread`"
    assert pull.reader.refused("resolveReviewThread", threadId=thread["id"]) == ("FORBIDDEN", forbidden)

    shown = "thread { isResolved isCollapsed resolvedBy { login } viewerCanUnresolve }"
    done = pull.maintainer.change("resolveReviewThread", shown, threadId=thread["id"])["thread"]
    assert done == {
        "isResolved": True,
        "isCollapsed": True,
        "resolvedBy": {"login": github.maintainer.login},
        "viewerCanUnresolve": True,
    }
    again = pull.maintainer.change("unresolveReviewThread", shown, threadId=thread["id"])["thread"]
    assert (again["isResolved"], again["resolvedBy"]) == (False, None)


def test_an_app_needs_to_write_contents_to_resolve(pull: Pull, github: GitHubService) -> None:
    pull.comment()
    [thread] = pull.threads()
    narrow = GraphQL(github, github.as_installation(permissions={"pull_requests": "write", "contents": "read"}))
    assert narrow.refused("resolveReviewThread", threadId=thread["id"]) == (
        "FORBIDDEN",
        "Resource not accessible by integration",
    )
    wide = GraphQL(github, github.as_installation(permissions={"pull_requests": "write", "contents": "write"}))
    assert wide.change("resolveReviewThread", "thread { isResolved }", threadId=thread["id"])["thread"]["isResolved"]


def test_a_thread_is_outdated_when_its_line_is_rewritten(pull: Pull) -> None:
    pull.comment(line=1)
    pull.comment(line=2)
    pull.push("zero\none\n2\nthree\n")
    shown = [(one["line"], one["originalLine"], one["isOutdated"]) for one in pull.threads()]
    assert shown == [(2, 1, False), (None, 2, True)]


def test_the_end_of_a_thread_is_told_to_who_subscribes_to_it(github: GitHubService, hook: WebhookReceiver) -> None:
    owner = github.add_person(f"threads-org-{next(_numbers)}", "Organization").login
    roles = {github.maintainer.login: "admin", github.reader.login: "read"}
    name = github.add_repository("talk", owner=owner, files={"a": "b"}, roles=roles)
    installed = github.control("POST", "installations", {"account": owner})["id"]
    github.control("PATCH", f"installations/{installed}", {"events": ["pull_request_review_thread"]})
    sha = github.push(name, "fix", {"new.txt": "one\n"}, github.maintainer)
    number = github.maintainer.post(f"/repos/{name}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    asked = {"commit_id": sha, "path": "new.txt", "line": 1, "body": "Why?"}
    comment = github.reader.post(f"/repos/{name}/pulls/{number}/comments", asked)
    maintainer = GraphQL(github, github.maintainer)
    found = maintainer.ask(THREADS, owner=owner, name="talk", n=number)["repository"]["pullRequest"]
    thread = found["reviewThreads"]["nodes"][0]["id"]
    maintainer.change("resolveReviewThread", "thread { id }", threadId=thread)
    maintainer.change("resolveReviewThread", "thread { id }", threadId=thread)
    maintainer.change("unresolveReviewThread", "thread { id }", threadId=thread)
    wait_until(lambda: hook.of("pull_request_review_thread", "unresolved"), "the end of the thread's end")
    told = hook.of("pull_request_review_thread")
    assert [one.action for one in told] == ["resolved", "unresolved"]
    thread_told = told[0].payload["thread"]
    assert (thread_told["node_id"], [one["id"] for one in thread_told["comments"]]) == (thread, [comment["id"]])


def test_a_pending_review_is_written_thread_by_thread(pull: Pull, github: GitHubService) -> None:
    pull.comment(line=1)
    [before] = pull.threads()
    pull_id = pull.seen_by(pull.reader)["id"]
    review = pull.reader.change("addPullRequestReview", "pullRequestReview { id state }", pullRequestId=pull_id)
    draft = review["pullRequestReview"]["id"]
    shown = "thread { id line startLine comments(first: 1) { nodes { body state } } }"
    place = {"pullRequestReviewId": draft, "path": "new.txt", "body": "Hm.", "line": 3, "startLine": 2}
    made = pull.reader.change("addPullRequestReviewThread", shown, **place)["thread"]
    assert (made["line"], made["startLine"], made["comments"]["nodes"]) == (3, 2, [{"body": "Hm.", "state": "PENDING"}])
    nowhere = pull.reader.change("addPullRequestReviewThread", shown, **{**place, "line": 99, "startLine": None})
    assert nowhere == {"thread": None}
    reply = {"pullRequestReviewThreadId": before["id"], "body": "And this."}
    said = pull.reader.change("addPullRequestReviewThreadReply", "comment { state replyTo { body } }", **reply)
    assert said["comment"] == {"state": "PENDING", "replyTo": {"body": "?"}}

    assert len(pull.threads(pull.maintainer)) == 1
    assert [one["body"] for one in pull.threads(pull.maintainer)[0]["comments"]["nodes"]] == ["?"]
    assert pull.maintainer.refused("submitPullRequestReview", pullRequestReviewId=draft, event="COMMENT")[0] == "NOT_FOUND"
    own = pull.maintainer.change("addPullRequestReview", "pullRequestReview { id }", pullRequestId=pull_id, body="x")
    assert pull.maintainer.refused("submitPullRequestReview", pullRequestId=pull_id, event="APPROVE") == (
        "UNPROCESSABLE",
        "Can not approve your own pull request",
    )
    pull.maintainer.change("deletePullRequestReview", "clientMutationId", pullRequestReviewId=own["pullRequestReview"]["id"])
    done = pull.reader.change(
        "submitPullRequestReview", "pullRequestReview { state body }", pullRequestId=pull_id, event="APPROVE", body="Good."
    )
    assert done["pullRequestReview"] == {"state": "APPROVED", "body": "Good."}
    assert len(pull.threads(pull.maintainer)) == 2


def test_a_pull_request_becomes_a_draft_and_ready_again(pull: Pull, github: GitHubService, hook: WebhookReceiver) -> None:
    pull_id = pull.seen_by(pull.reader)["id"]
    assert pull.reader.refused("convertPullRequestToDraft", pullRequestId=pull_id)[0] == "FORBIDDEN"
    shown = "clientMutationId pullRequest { isDraft }"
    made = pull.maintainer.change("convertPullRequestToDraft", shown, pullRequestId=pull_id, clientMutationId="7")
    assert made == {"clientMutationId": "7", "pullRequest": {"isDraft": True}}
    assert github.reader.get(pull.path)["draft"] is True
    pull.maintainer.change("markPullRequestReadyForReview", shown, pullRequestId=pull_id)
    assert github.reader.get(pull.path)["draft"] is False
    wait_until(lambda: hook.of("pull_request", "ready_for_review"), "the last event")
    assert [one.action for one in hook.of("pull_request")] == ["converted_to_draft", "ready_for_review"]
    events = [one["event"] for one in github.reader.get(f"/repos/{pull.name}/issues/{pull.number}/events")]
    assert events == ["convert_to_draft", "ready_for_review"]


def test_a_comment_is_hidden_with_its_reason_and_shown_again(pull: Pull, github: GitHubService) -> None:
    comment = pull.comment()
    shown = "{0} {{ isMinimized minimizedReason }}"
    asked = {"subjectId": comment["node_id"], "classifier": "OFF_TOPIC"}
    assert pull.reader.refused("minimizeComment", **asked)[0] == "FORBIDDEN"
    hidden = pull.maintainer.change("minimizeComment", shown.format("minimizedComment"), **asked)["minimizedComment"]
    assert hidden == {"isMinimized": True, "minimizedReason": "off-topic"}
    plain = github.reader.post(f"/repos/{pull.name}/issues/{pull.number}/comments", {"body": "Well."})["node_id"]
    pull.maintainer.change("minimizeComment", "clientMutationId", subjectId=plain, classifier="RESOLVED")
    back = pull.maintainer.change("unminimizeComment", shown.format("unminimizedComment"), subjectId=comment["node_id"])
    assert back["unminimizedComment"] == {"isMinimized": False, "minimizedReason": None}
