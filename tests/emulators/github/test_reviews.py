"""A review's life, as githubkit's models read it and as the App is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from githubkit.exception import RequestFailed

from tests.emulators.github.githubkit_client import client_of, refusal
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

Told = list[tuple[str, str | None]]


class Reviewing:
    """One person and one pull request of the maintainer's, with the API's own names for what is done."""

    def __init__(self, github: GitHubService, where: tuple[str, str, int], who: Person) -> None:
        self.client = client_of(github, who)
        self.where = where
        self.repository = where[:2]

    def __getattr__(self, name: str) -> Any:
        def call(*more: Any, **asked: Any) -> Any:
            return getattr(self.client.rest.pulls, name)(*self.where, *more, **asked).parsed_data

        return call

    def refused(self, name: str, *more: Any, **asked: Any) -> Any:
        with pytest.raises(RequestFailed) as failed:
            getattr(self, name)(*more, **asked)
        return refusal(failed.value)


@pytest.fixture
def where(github: GitHubService, repo: str) -> tuple[str, str, int]:
    owner, name = repo.removeprefix("/repos/").split("/")
    github.push(f"{owner}/{name}", "fix", {"new.txt": "one\ntwo\nthree\n"}, github.maintainer)
    number = github.maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    return owner, name, int(number)


@pytest.fixture
def reader(github: GitHubService, where: tuple[str, str, int]) -> Reviewing:
    return Reviewing(github, where, github.reader)


@pytest.fixture
def maintainer(github: GitHubService, where: tuple[str, str, int]) -> Reviewing:
    return Reviewing(github, where, github.maintainer)


def _about_reviews(hook: WebhookReceiver) -> Told:
    return [(one.event, one.action) for one in hook.received if one.event not in ("push", "check_suite")]


def test_a_pending_review_is_its_authors_alone_until_it_is_submitted(
    reader: Reviewing, maintainer: Reviewing, github: GitHubService, hook: WebhookReceiver
) -> None:
    comments = [{"path": "new.txt", "line": 1, "body": "Why?"}, {"path": "new.txt", "position": 3, "body": "Hm."}]
    draft = reader.create_review(data={"comments": comments})
    assert draft.state == "PENDING"
    assert [one.id for one in reader.list_reviews()] == [draft.id]
    written = reader.list_comments_for_review(draft.id)
    assert [one.body for one in written] == ["Why?", "Hm."]

    assert maintainer.list_reviews() == []
    assert maintainer.refused("get_review", draft.id)[0] == 404
    assert maintainer.refused("list_comments_for_review", draft.id)[0] == 404
    assert maintainer.list_review_comments() == reader.list_review_comments() == []
    assert maintainer.get().review_comments == 0
    with pytest.raises(RequestFailed):
        maintainer.client.rest.pulls.get_review_comment(*maintainer.repository, written[0].id)
    reader.client.rest.pulls.update_review_comment(*reader.repository, written[0].id, body="Why so?")
    reader.update_review(draft.id, body="Some questions.")

    done = reader.submit_review(draft.id, event="COMMENT")
    assert (done.state, done.body) == ("COMMENTED", "Some questions.")
    assert done.submitted_at
    assert [one.body for one in maintainer.list_review_comments()] == ["Why so?", "Hm."]
    wait_until(lambda: len(_about_reviews(hook)) >= 3, "what is told of it")
    assert _about_reviews(hook) == [
        ("pull_request_review", "submitted"),
        ("pull_request_review_comment", "created"),
        ("pull_request_review_comment", "created"),
    ]
    told = hook.of("pull_request_review")[0].payload["review"]
    assert (told["state"], told["body"], told["id"]) == ("commented", "Some questions.", draft.id)


def test_one_person_has_one_pending_review(reader: Reviewing, maintainer: Reviewing) -> None:
    draft = reader.create_review(data={"comments": [{"path": "new.txt", "line": 1, "body": "Why?"}]})
    second = (422, ["User can only have one pending review per pull request"])
    assert reader.refused("create_review", data={}) == second
    assert reader.refused("create_review", event="COMMENT", body="x") == second
    asked = {"commit_id": draft.commit_id, "path": "new.txt", "line": 2, "body": "?"}
    status, errors = reader.refused("create_review_comment", data=asked)
    assert (status, errors[0]["message"]) == (422, "user_id can only have one pending review per pull request")
    first = maintainer.create_review_comment(data=asked)
    assert reader.refused("create_reply_for_review_comment", first.id, body="!")[0] == 422

    reader.delete_pending_review(draft.id)
    assert reader.list_reviews()[0].user.login == maintainer.get().user.login
    assert reader.create_reply_for_review_comment(first.id, body="!").in_reply_to_id == first.id


def test_a_review_is_made_whole_or_not_at_all(reader: Reviewing) -> None:
    def asked(**place: Any) -> dict[str, Any]:
        good = {"path": "new.txt", "line": 1, "body": "Why?"}
        return {"event": "COMMENT", "body": "x", "comments": [good, {"path": "new.txt", "body": "?", **place}]}

    assert reader.refused("create_review", data=asked(line=9)) == (422, ["Line could not be resolved"])
    assert reader.refused("create_review", data=asked(path="a", line=1)) == (422, ["Path could not be resolved"])
    assert reader.refused("create_review", data=asked(start_line=3, line=2)) == (
        422,
        ["Pull request review thread start line must precede the end line."],
    )
    assert (reader.list_reviews(), reader.list_review_comments()) == ([], [])


def test_nobody_judges_what_is_their_own_and_a_request_has_words(reader: Reviewing, maintainer: Reviewing) -> None:
    for event, doing in (("APPROVE", "approve"), ("REQUEST_CHANGES", "request changes on")):
        said = (422, [f"Can not {doing} your own pull request"])
        assert maintainer.refused("create_review", event=event, body="x") == said
    draft = maintainer.create_review(data={"body": "Mine."})
    assert maintainer.refused("submit_review", draft.id, event="APPROVE")[0] == 422
    assert maintainer.submit_review(draft.id, event="COMMENT").state == "COMMENTED"
    assert maintainer.refused("submit_review", draft.id, event="COMMENT")[0] == 422
    assert reader.refused("create_review", event="REQUEST_CHANGES") == (
        422,
        ["You need to leave a comment indicating the requested changes."],
    )
    assert reader.refused("create_review", event="COMMENT", body=" ")[0] == 422
    assert reader.create_review(event="APPROVE").state == "APPROVED"


def test_a_submitted_review_is_edited_and_dismissed_but_not_deleted(
    reader: Reviewing, maintainer: Reviewing, github: GitHubService, hook: WebhookReceiver
) -> None:
    review = reader.create_review(event="REQUEST_CHANGES", body="No.")
    assert reader.refused("delete_pending_review", review.id) == (422, ["Can not delete a non-pending pull request review"])
    assert reader.refused("dismiss_review", review.id, message="x")[0] == 403
    assert reader.update_review(review.id, body="Not yet.").body == "Not yet."
    assert maintainer.dismiss_review(review.id, message="Done.", event="DISMISS").state == "DISMISSED"
    assert maintainer.refused("dismiss_review", review.id, message="x") == (
        422,
        ["Can not dismiss a dismissed pull request review"],
    )
    words = reader.create_review(event="COMMENT", body="Well.")
    assert maintainer.refused("dismiss_review", words.id, message="x")[1] == [
        "Can not dismiss a commented pull request review"
    ]
    wait_until(lambda: len(hook.of("pull_request_review")) >= 4, "the second review")
    assert [one.action for one in hook.of("pull_request_review")] == ["submitted", "edited", "dismissed", "submitted"]
    assert hook.of("pull_request_review", "edited")[0].payload["changes"] == {"body": {"from": "No."}}
    event = maintainer.client.rest.issues.list_events(*maintainer.where).parsed_data[-1]
    assert (event.event, event.dismissed_review.dismissal_message) == ("review_dismissed", "Done.")


def test_who_answers_is_no_longer_asked_and_may_be_asked_again(
    reader: Reviewing, maintainer: Reviewing, github: GitHubService, hook: WebhookReceiver
) -> None:
    login = github.reader.login
    for _ in range(2):
        maintainer.request_reviewers(reviewers=[login])
        assert [one.login for one in maintainer.list_requested_reviewers().users] == [login]
        draft = reader.create_review(data={})
        assert maintainer.list_requested_reviewers().users != []
        reader.submit_review(draft.id, event="COMMENT", body="Looked.")
        assert maintainer.list_requested_reviewers().users == []
    assert maintainer.refused("request_reviewers", reviewers=[github.maintainer.login])[0] == 422
    mixed = maintainer.refused("request_reviewers", reviewers=[login, github.outsider.login])
    assert mixed[0] == 422
    assert maintainer.list_requested_reviewers().users == []
    maintainer.request_reviewers(reviewers=[login])
    maintainer.remove_requested_reviewers(reviewers=[login])
    told = wait_until(lambda: hook.of("pull_request", "review_request_removed"), "the removal")[0].payload
    assert (told["requested_reviewer"]["login"], told["pull_request"]["requested_reviewers"]) == (login, [])
    assert len(hook.of("pull_request", "review_requested")) == 3
    events = maintainer.client.rest.issues.list_events(*maintainer.where).parsed_data
    assert [(one.event, one.requested_reviewer.login) for one in events][-1] == ("review_request_removed", login)


def test_comments_are_listed_by_age_or_by_their_last_change(reader: Reviewing) -> None:
    sha = reader.get().head.sha
    for line in (1, 2, 3):
        reader.create_review_comment(data={"commit_id": sha, "path": "new.txt", "line": line, "body": "?"})
    lines = [one.line for one in reader.list_review_comments(sort="created", direction="desc")]
    assert lines == [3, 2, 1]
    assert [one.line for one in reader.list_review_comments(direction="desc")] == [1, 2, 3], "ignored without sort"


def test_a_team_is_asked_and_one_of_its_people_answers_for_it(
    reader: Reviewing, maintainer: Reviewing, github: GitHubService, hook: WebhookReceiver
) -> None:
    owner, name = reader.repository
    teams = f"/orgs/{owner}/teams"
    slug = github.maintainer.post(teams, {"name": f"Readers of {name}", "privacy": "closed"})["slug"]
    assert maintainer.refused("request_reviewers", team_reviewers=[slug])[0] == 422, "it can't see this repository"
    github.control("PUT", f"repos/{owner}/{name}/roles/{github.maintainer.login}", {"role": "admin"})
    github.maintainer.put(f"{teams}/{slug}/repos/{owner}/{name}", {"permission": "pull"})
    github.maintainer.put(f"{teams}/{slug}/memberships/{github.reader.login}")
    assert [one.slug for one in maintainer.request_reviewers(team_reviewers=[slug]).requested_teams] == [slug]
    maintainer.remove_requested_reviewers(reviewers=[], team_reviewers=[slug])
    maintainer.request_reviewers(team_reviewers=[slug])
    assert [one.slug for one in maintainer.list_requested_reviewers().teams] == [slug]
    reader.create_review(event="APPROVE")
    assert maintainer.list_requested_reviewers().teams == []
    told = wait_until(lambda: hook.of("pull_request", "review_request_removed"), "the removal")[0].payload
    assert told["requested_team"]["slug"] == slug


def test_a_locked_conversation_is_reviewed_only_by_who_may_write(
    reader: Reviewing, maintainer: Reviewing, github: GitHubService
) -> None:
    owner, name, number = reader.where
    sha = reader.get().head.sha
    place = {"commit_id": sha, "path": "new.txt", "line": 1, "body": "?"}
    first = reader.create_review_comment(data=place)
    github.maintainer.put(f"/repos/{owner}/{name}/issues/{number}/lock")
    assert reader.refused("create_review", event="APPROVE") == (422, ["lock prevents review"])
    for refused in (
        reader.refused("create_review_comment", data=place),
        reader.refused("create_reply_for_review_comment", first.id, body="!"),
    ):
        assert refused == (422, [{"resource": "PullRequestReview", "code": "custom", "message": "lock prevents review"}])
    assert maintainer.create_review_comment(data=place).line == 1


def _protect(reader: Reviewing, github: GitHubService) -> None:
    """What is merged needs an approval, which a push makes stale."""
    owner, name = reader.repository
    github.control("PUT", f"repos/{owner}/{name}/roles/{github.maintainer.login}", {"role": "admin"})
    reviews = {"dismiss_stale_reviews": True, "required_approving_review_count": 1}
    settings = {"required_status_checks": None, "enforce_admins": None, "restrictions": None}
    asked = {**settings, "required_pull_request_reviews": reviews}
    github.maintainer.put(f"/repos/{owner}/{name}/branches/main/protection", asked)


def _guard(reader: Reviewing, github: GitHubService) -> None:
    """The same by a ruleset."""
    owner, name = reader.repository
    github.control("PUT", f"repos/{owner}/{name}/roles/{github.maintainer.login}", {"role": "admin"})
    parameters = {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    }
    include = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    rules = [{"type": "pull_request", "parameters": parameters}]
    asked = {"name": "Guard", "target": "branch", "enforcement": "active", "conditions": include, "rules": rules}
    github.maintainer.post(f"/repos/{owner}/{name}/rulesets", asked)


@pytest.mark.parametrize("demand", [_protect, _guard])
def test_a_push_makes_approvals_stale_where_the_base_says_so(
    reader: Reviewing, github: GitHubService, hook: WebhookReceiver, demand: Callable[[Reviewing, GitHubService], None]
) -> None:
    owner, name, number = reader.where
    demand(reader, github)
    approval = reader.create_review(event="APPROVE")
    words = reader.create_review(event="COMMENT", body="Well.")
    head = github.push(f"{owner}/{name}", "fix", {"new.txt": "one\n2\nthree\n"}, github.maintainer)
    assert [(one.id, one.state) for one in reader.list_reviews()] == [(approval.id, "DISMISSED"), (words.id, "COMMENTED")]
    told = wait_until(lambda: hook.of("pull_request_review", "dismissed"), "the dismissal")[0].payload
    assert (told["review"]["id"], told["sender"]["login"]) == (approval.id, github.maintainer.login)
    event = reader.client.rest.issues.list_events(owner, name, number).parsed_data[-1].dismissed_review
    assert (event.state, event.dismissal_commit_id) == ("approved", head)


def test_an_approval_outlives_a_push_where_nothing_is_demanded(reader: Reviewing, github: GitHubService) -> None:
    owner, name = reader.repository
    reader.create_review(event="APPROVE")
    github.push(f"{owner}/{name}", "fix", {"new.txt": "one\n2\nthree\n"}, github.maintainer)
    assert [one.state for one in reader.list_reviews()] == ["APPROVED"]


def test_an_approval_outlives_a_merge_of_the_base(reader: Reviewing, github: GitHubService) -> None:
    owner, name, number = reader.where
    github.push(f"{owner}/{name}", "main", {"other.txt": "x\n"}, github.maintainer)
    _protect(reader, github)
    reader.create_review(event="APPROVE")
    before = reader.get().head.sha
    github.maintainer.put(f"/repos/{owner}/{name}/pulls/{number}/update-branch")
    wait_until(lambda: reader.get().head.sha != before, "the merge of the base")
    assert [one.state for one in reader.list_reviews()] == ["APPROVED"]
