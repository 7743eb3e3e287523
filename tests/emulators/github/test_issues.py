from __future__ import annotations

import pytest

from tests.github_service import GitHubService
from tests.webhook_receiver import WebhookReceiver


def test_an_issue_lives_from_opening_to_reopening(github: GitHubService, repo: str) -> None:
    someone, maintainer = github.outsider, github.maintainer
    number = someone.post(f"{repo}/issues", {"title": "It breaks", "body": "Badly."})["number"]
    someone.patch(f"{repo}/issues/{number}", {"title": "It breaks badly"})
    closed = maintainer.patch(f"{repo}/issues/{number}", {"state": "closed", "state_reason": "not_planned"})
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["login"]) == (
        "closed",
        "not_planned",
        maintainer.login,
    )
    opened = maintainer.patch(f"{repo}/issues/{number}", {"state": "open"})
    assert (opened["state"], opened["closed_at"], opened["title"]) == ("open", None, "It breaks badly")
    history = [event["event"] for event in maintainer.get(f"{repo}/issues/{number}/events")]
    assert history == ["renamed", "closed", "reopened"]


def test_who_may_not_label_is_refused_or_quietly_ignored(github: GitHubService, repo: str) -> None:
    issue = github.reader.post(f"{repo}/issues", {"title": "Please", "labels": ["harvest"]})
    assert issue["labels"] == []
    refused = github.reader.send("POST", f"{repo}/issues/{issue['number']}/labels", json={"labels": ["harvest"]})
    assert refused.status_code == 403


def test_labels_are_taken_as_a_bare_array_too_and_have_fifty_characters(github: GitHubService, repo: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "Do it"})["number"]
    path = f"{repo}/issues/{number}/labels"
    assert [one["name"] for one in github.maintainer.post(path, ["x" * 50, {"name": "bug"}])] == ["x" * 50, "bug"]
    for refused in (
        github.maintainer.send("POST", path, json=["x" * 51]),
        github.maintainer.send("POST", f"{repo}/issues", json={"title": "y", "labels": ["x" * 51]}),
        github.maintainer.send("POST", f"{repo}/labels", json={"name": "x" * 51}),
        github.maintainer.send("PATCH", f"{repo}/labels/bug", json={"new_name": "x" * 51}),
    ):
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["message"] == "name is too long (maximum is 50 characters)"


@pytest.mark.parametrize("labels", [["harvest"], [{"name": "harvest"}]])
def test_a_label_is_added_in_any_form_and_made_when_new(github: GitHubService, repo: str, labels: list[object]) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "Do it"})["number"]
    shown = github.maintainer.post(f"{repo}/issues/{number}/labels", {"labels": labels})
    assert [label["name"] for label in shown] == ["harvest"]
    assert github.maintainer.get(f"{repo}/labels/Harvest")["color"] == "ededed"


def test_a_label_is_removed_by_its_encoded_name(github: GitHubService, repo: str) -> None:
    issue = github.maintainer.post(f"{repo}/issues", {"title": "x", "labels": ["area/über alles"]})
    path = f"{repo}/issues/{issue['number']}/labels/area%2F%C3%BCber%20alles"
    github.maintainer.delete(path)
    assert github.maintainer.send("DELETE", path).json()["message"] == "Label does not exist"


def test_labels_of_a_repository_are_made_changed_and_deleted(github: GitHubService, repo: str) -> None:
    maintainer = github.maintainer
    maintainer.post(f"{repo}/labels", {"name": "size", "color": "ff0000"})
    assert maintainer.send("POST", f"{repo}/labels", json={"name": "SIZE"}).status_code == 422
    number = maintainer.post(f"{repo}/issues", {"title": "x", "labels": ["size"]})["number"]
    assert maintainer.patch(f"{repo}/labels/size", {"new_name": "scale"})["name"] == "scale"
    maintainer.delete(f"{repo}/labels/scale")
    assert maintainer.get(f"{repo}/issues/{number}")["labels"] == []
    assert maintainer.put(f"{repo}/issues/{number}/labels", {"labels": ["bug"]})[0]["default"] is True
    maintainer.delete(f"{repo}/issues/{number}/labels")
    assert maintainer.get(f"{repo}/issues/{number}/labels") == []


def test_labels_set_by_a_template_come_from_the_author(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    number = github.outsider.post(f"{repo}/issues", {"title": "From a template"})["number"]
    path = f"{repo.lstrip('/')}/issues/{number}/labels"
    github.control("POST", path, {"labels": ["harvest"], "sender": github.outsider.login})
    assert github.maintainer.get(f"{repo}/issues/{number}")["labels"][0]["name"] == "harvest"


def test_a_comment_is_written_edited_and_deleted_by_its_author(github: GitHubService, repo: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    bot = github.as_installation()
    comment = bot.post(f"{repo}/issues/{number}/comments", {"body": "Working …"})
    assert comment["user"]["type"] == "Bot"
    assert comment["performed_via_github_app"]["id"] == int(github.env["GITHUB_APP_ID"])
    assert bot.patch(f"{repo}/issues/comments/{comment['id']}", {"body": "Done."})["body"] == "Done."
    assert github.reader.send("DELETE", f"{repo}/issues/comments/{comment['id']}").status_code == 403
    bot.delete(f"{repo}/issues/comments/{comment['id']}")
    assert bot.send("GET", f"{repo}/issues/comments/{comment['id']}").status_code == 404


def test_comments_since_a_moment(github: GitHubService, repo: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    comment = github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "one"})
    for path in (f"{repo}/issues/{number}/comments", f"{repo}/issues/comments"):
        assert len(github.maintainer.get(path, since=comment["created_at"])) == 1
        assert github.maintainer.get(path, since="2099-01-01T00:00:00Z") == []


def test_a_comment_id_is_larger_than_32_bits(github: GitHubService, repo: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    assert github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "x"})["id"] > 2**32


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("issues", {"title": ""}),
        ("issues", {"title": "x" * 257}),
        ("issues", {"title": "x", "body": "x" * 65_537}),
        ("issues/1/comments", {"body": "x" * 65_537}),
        ("issues/1/comments", {"body": "  "}),
    ],
)
def test_what_is_empty_or_too_long_is_unprocessable(github: GitHubService, repo: str, path: str, body: dict[str, str]) -> None:
    github.maintainer.post(f"{repo}/issues", {"title": "x", "body": "x" * 65_536})
    refused = github.maintainer.send("POST", f"{repo}/{path}", json=body)
    assert (refused.status_code, refused.json()["message"]) == (422, "Validation Failed")


def test_the_same_reaction_twice_is_one(github: GitHubService, repo: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    comment = github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "x"})["id"]
    bot = github.as_installation()
    for path in (f"{repo}/issues/{number}/reactions", f"{repo}/issues/comments/{comment}/reactions"):
        first = bot.send("POST", path, json={"content": "eyes"})
        again = bot.send("POST", path, json={"content": "eyes"})
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert len(bot.get(path)) == 1
        bot.delete(f"{path}/{first.json()['id']}")
        assert bot.get(path, content="eyes") == []
    shown = github.maintainer.get(f"{repo}/issues/comments/{comment}")
    assert shown["reactions"]["total_count"] == 0


def test_a_list_comes_in_pages(github: GitHubService, repo: str) -> None:
    for number in range(5):
        github.maintainer.post(f"{repo}/issues", {"title": f"issue {number}"})
    answer = github.maintainer.send("GET", f"{repo}/issues", params={"per_page": 2, "page": 2})
    assert [issue["number"] for issue in answer.json()] == [3, 2]
    assert {name: link["url"].rpartition("page=")[2] for name, link in answer.links.items()} == {
        "next": "3",
        "last": "3",
        "first": "1",
        "prev": "1",
    }


def test_issues_are_found_by_label_state_and_author(github: GitHubService, repo: str) -> None:
    github.maintainer.post(f"{repo}/issues", {"title": "one", "labels": ["bug", "harvest"]})
    github.maintainer.post(f"{repo}/issues", {"title": "two", "labels": ["bug"]})
    github.outsider.post(f"{repo}/issues", {"title": "three"})

    def titles(**query: str) -> list[str]:
        return [issue["title"] for issue in github.reader.get(f"{repo}/issues", **query)]

    assert titles(labels="bug,harvest") == ["one"]
    assert titles(creator=github.outsider.login) == ["three"]
    assert titles(direction="asc", state="all") == ["one", "two", "three"]
    assert titles(state="closed") == []


def test_an_etag_makes_the_second_look_free(github: GitHubService, repo: str) -> None:
    first = github.maintainer.send("GET", repo).headers
    headers = {"authorization": f"Bearer {github.maintainer.token}", "if-none-match": first["etag"]}
    second = github.api.get(repo.lstrip("/"), headers=headers)
    assert (second.status_code, second.content, second.headers["etag"]) == (304, b"", first["etag"])
    assert second.headers["x-ratelimit-used"] == first["x-ratelimit-used"]
    changed = github.api.get(repo.lstrip("/"), headers={**headers, "if-none-match": 'W/"older"'})
    assert (changed.status_code, int(changed.headers["x-ratelimit-used"])) == (200, int(first["x-ratelimit-used"]) + 1)


def test_a_repositorys_events_are_listed_newest_first_with_their_issues(github: GitHubService, repo: str) -> None:
    maintainer = github.maintainer
    numbers = [maintainer.post(f"{repo}/issues", {"title": title})["number"] for title in ("One", "Two")]
    for number in numbers:
        maintainer.post(f"{repo}/issues/{number}/labels", {"labels": ["harvest"]})
    maintainer.patch(f"{repo}/issues/{numbers[0]}", {"state": "closed"})
    listed = maintainer.get(f"{repo}/issues/events", per_page=3)
    seen = [(event["event"], event["issue"]["number"], event["issue"]["state"]) for event in listed]
    one, two = numbers
    assert seen == [("closed", one, "closed"), ("labeled", two, "open"), ("labeled", one, "closed")]
