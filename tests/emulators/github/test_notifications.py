"""Who is notified by what, as the person finds it in their inbox and as a test can ask."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from tests.emulators.github.typed import typed
from tests.github_service import GitHubService, Person

_numbers = itertools.count(1)


@dataclass(frozen=True)
class People:
    """A repository of its own, and people whose inboxes are empty: a maintainer, two who read, and the App."""

    github: GitHubService
    repo: str
    maintainer: Person
    asker: Person
    other: Person
    app: Person

    def told(self, who: Person) -> list[tuple[str, str]]:
        """What somebody was told of here, and why."""
        return [(one["what"], one["reason"]) for one in self.github.told(who, self.repo.removeprefix("/repos/"))]

    def issue(self, who: Person, **more: object) -> str:
        number = who.post(f"{self.repo}/issues", {"title": "A wish", **more})["number"]
        return f"{self.repo}/issues/{number}"


@pytest.fixture
def people(github: GitHubService, repo: str) -> People:
    number = next(_numbers)
    maintainer, asker, other = (github.add_person(f"{name}-{number}") for name in ("keeper", "asker", "other"))
    path = repo.removeprefix("/repos/")
    for who, role in ((maintainer, "maintain"), (asker, "read"), (other, "read")):
        github.control("PUT", f"repos/{path}/roles/{who.login}", {"role": role})
    return People(github, repo, maintainer, asker, other, github.as_installation(path))


def test_who_asked_is_told_of_an_answer_and_by_which_comment(people: People) -> None:
    issue = people.issue(people.asker)
    answer = people.app.post(f"{issue}/comments", {"body": "Done."})
    told = people.github.told(people.asker)[-1]
    assert (told["what"], told["reason"], told["comment"]) == ("issue_comment.created", "author", answer["id"])
    thread = typed(people.asker.get("/notifications"), "Thread")[0]
    assert (thread.unread, thread.reason, thread.subject.type) == (True, "author", "Issue")
    assert people.asker.get(thread.subject.latest_comment_url.split("/api/v3", 1)[1])["body"] == "Done."
    assert people.told(people.other) == people.told(people.maintainer) == []


def test_edits_labels_and_reactions_notify_nobody(people: People) -> None:
    issue = people.issue(people.asker)
    comment = people.app.post(f"{issue}/comments", {"body": "Working."})
    before = people.told(people.asker)
    people.app.patch(f"{people.repo}/issues/comments/{comment['id']}", {"body": f"Done, @{people.other.login}."})
    people.app.post(f"{people.repo}/issues/comments/{comment['id']}/reactions", {"content": "rocket"})
    people.app.post(f"{issue}/reactions", {"content": "eyes"})
    people.app.post(f"{issue}/labels", {"labels": ["bug"]})
    people.app.patch(issue, {"title": "Another", "body": "Other words"})
    assert people.told(people.asker) == before
    assert people.told(people.other) == []


def test_nobody_is_notified_of_what_they_did_themselves(people: People) -> None:
    issue = people.issue(people.asker)
    people.asker.post(f"{issue}/comments", {"body": f"I, @{people.asker.login}, add this."})
    people.asker.patch(issue, {"state": "closed"})
    assert people.told(people.asker) == []


def test_a_mention_notifies_makes_one_follow_and_stays_the_reason(people: People) -> None:
    issue = people.issue(people.asker)
    people.maintainer.post(f"{issue}/comments", {"body": f"What do you say, @{people.other.login}?"})
    people.maintainer.post(f"{issue}/comments", {"body": "Anybody?"})
    people.maintainer.post(f"{issue}/assignees", {"assignees": [people.other.login]})
    people.maintainer.post(f"{issue}/comments", {"body": "Well?"})
    assert [why for _, why in people.told(people.other)] == ["mention", "mention", "assign", "mention"]
    events = [(one["event"], one["actor"]["login"]) for one in people.asker.get(f"{issue}/events")]
    assert events[:2] == [("mentioned", people.other.login), ("subscribed", people.other.login)]


def test_who_cannot_look_is_not_told(people: People) -> None:
    stranger, path = people.github.add_person(f"stranger-{next(_numbers)}"), people.repo.removeprefix("/repos/")
    issue = people.issue(people.maintainer)
    people.other.post(f"{issue}/comments", {"body": "I will not be here for long."})
    people.github.control("PATCH", f"repos/{path}", {"private": True})
    people.github.control("PUT", f"repos/{path}/roles/{people.other.login}", {"role": "none"})
    people.maintainer.post(f"{issue}/comments", {"body": "Between us"})
    assert people.told(people.other) == []
    people.issue(people.maintainer, body=f"@{stranger.login} and @{people.asker.login}")
    assert people.told(stranger) == []
    assert people.told(people.asker) == [("issues.opened", "mention")]


def test_assignment_and_review_requests_notify_the_one_they_are_for(people: People) -> None:
    issue = people.issue(people.asker)
    people.maintainer.post(f"{issue}/assignees", {"assignees": [people.other.login]})
    assert people.told(people.other) == [("issues.assigned", "assign")]
    path = people.repo.removeprefix("/repos/")
    people.github.push(path, "change", {"x": "y"}, people.maintainer)
    pull = people.app.post(f"{people.repo}/pulls", {"title": "x", "head": "change", "base": "main"})["number"]
    people.maintainer.post(f"{people.repo}/pulls/{pull}/requested_reviewers", {"reviewers": [people.asker.login]})
    assert people.told(people.asker)[-1] == ("pull_request.review_requested", "review_requested")
    people.other.post(f"{people.repo}/pulls/{pull}/reviews", {"body": "Fine by me", "event": "COMMENT"})
    assert people.told(people.asker)[-1] == ("pull_request_review.submitted", "review_requested")
    assert people.told(people.maintainer) == []


def test_a_comment_on_a_line_is_told_once_and_by_itself(people: People) -> None:
    path = people.repo.removeprefix("/repos/")
    sha = people.github.push(path, "line", {"x": "y\n"}, people.maintainer)
    pull = people.maintainer.post(f"{people.repo}/pulls", {"title": "x", "head": "line", "base": "main"})["number"]
    asked = {"body": "Why?", "commit_id": sha, "path": "x", "line": 1, "side": "RIGHT"}
    comment = people.asker.post(f"{people.repo}/pulls/{pull}/comments", asked)
    told = people.github.told(people.maintainer, path)
    assert [(one["what"], one["comment"]) for one in told] == [("pull_request_review_comment.created", comment["id"])]


def test_who_watches_hears_of_everything_but_not_as_a_participant(people: People) -> None:
    people.other.put(f"{people.repo}/subscription", {"subscribed": True})
    people.issue(people.asker)
    assert people.told(people.other) == [("issues.opened", "subscribed")]
    assert people.other.get("/notifications", participating=True) == []
    assert len(people.other.get(f"{people.repo}/notifications")) == 1
    people.other.put(f"{people.repo}/subscription", {"ignored": True})
    people.issue(people.asker, body=f"@{people.other.login}")
    assert len(people.told(people.other)) == 1


def test_a_thread_is_read_done_and_ignored(people: People) -> None:
    issue = people.issue(people.asker)
    people.app.post(f"{issue}/comments", {"body": "One"})
    thread = f"/notifications/threads/{people.asker.get('/notifications')[0]['id']}"
    assert people.asker.send("PATCH", thread).status_code == 205
    assert people.asker.get("/notifications") == []
    assert [one["unread"] for one in people.asker.get("/notifications", all=True)] == [False]
    assert people.other.send("GET", thread).status_code == 404
    assert typed(people.asker.get(f"{thread}/subscription"), "ThreadSubscription").reason == "author"
    people.asker.put(f"{thread}/subscription", {"ignored": True})
    people.app.post(f"{issue}/comments", {"body": f"Two, @{people.asker.login}"})
    assert len(people.told(people.asker)) == 1
    people.asker.delete(thread)
    assert people.asker.get("/notifications", all=True) == []


def test_a_mentioned_team_is_told_as_one(people: People) -> None:
    organization = f"org-of-{people.asker.login}"
    people.github.add_person(organization, "Organization")
    for who, role in ((people.maintainer, "admin"), (people.other, "member")):
        people.github.control("PUT", f"organizations/{organization}/members/{who.login}", {"role": role})
    repo = people.github.add_repository("plans", owner=organization, files={"a": "b"})
    people.maintainer.post(f"/orgs/{organization}/teams", {"name": "core"})
    people.maintainer.put(f"/orgs/{organization}/teams/core/memberships/{people.other.login}")
    people.asker.post(f"/repos/{repo}/issues", {"title": "A wish", "body": f"@{organization}/core please"})
    assert [one["reason"] for one in people.github.told(people.other, repo)] == ["team_mention"]


def test_an_app_has_no_inbox(people: People) -> None:
    assert people.app.send("GET", "/notifications").status_code == 403
    assert people.github.api.get("notifications").status_code == 401


def test_the_inbox_is_a_page_too(people: People) -> None:
    issue = people.issue(people.asker)
    people.app.post(f"{issue}/comments", {"body": "Done."})
    shown = people.github.api.get(f"{people.github.url}/notifications?as={people.asker.login}").text
    assert "A wish" in shown
    assert "you opened it" in shown
    assert "#issuecomment-" in shown


def test_the_timeline_tells_all_that_happened_in_order(people: People) -> None:
    issue = people.issue(people.asker)
    number = int(issue.rsplit("/", 1)[1])
    people.app.post(f"{issue}/comments", {"body": "On it."})
    people.maintainer.post(f"{issue}/labels", {"labels": ["bug"]})
    people.github.push(people.repo.removeprefix("/repos/"), "fix", {"x": "y"}, people.maintainer)
    made = {"title": "Fix", "head": "fix", "base": "main", "body": f"Fixes #{number}"}
    pull = people.app.post(f"{people.repo}/pulls", made)["number"]
    told = people.asker.get(f"{issue}/timeline")
    assert [one["event"] for one in told] == ["commented", "labeled", "cross-referenced"]
    assert told[2]["source"]["issue"]["number"] == pull
    people.maintainer.post(f"{people.repo}/pulls/{pull}/reviews", {"body": "Good", "event": "APPROVE"})
    events = sorted(one["event"] for one in people.asker.get(f"{people.repo}/issues/{pull}/timeline"))
    assert events == ["committed", "reviewed"]
    labeled = people.asker.get(f"{issue}/events")[0]
    assert typed(people.asker.get(f"{people.repo}/issues/events/{labeled['id']}"), "IssueEvent").issue.number == number
