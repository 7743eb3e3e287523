"""A pull request's page as a person reads it: reviews, threads at their lines, suggestions, what is folded."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from emulators.github.pages.suggestions import suggestion
from tests.emulators.github.graphql_client import GraphQL
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

TEXT = "one\ntwo\nthree\nfour\n"


@pytest.fixture
def link(github: GitHubService, repo: str) -> str:
    """`/owner/name/pull/1`: a file of four lines is new."""
    github.push(repo.removeprefix("/repos/"), "fix", {"new.txt": TEXT}, github.maintainer)
    number = github.maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    return f"{repo.removeprefix('/repos')}/pull/{number}"


def _page(github: GitHubService, link: str) -> str:
    return httpx.get(f"{github.url}{link}", trust_env=False).text


def _first_thread(github: GitHubService, link: str) -> str:
    """The id of the pull request's first thread."""
    _, owner, name, _, number = link.split("/")
    asked = """query ($o: String!, $n: String!, $k: Int!) { repository(owner: $o, name: $n) { pullRequest(number: $k) {
      reviewThreads(first: 1) { nodes { id } } } } }"""
    shown = GraphQL(github, github.reader).ask(asked, o=owner, n=name, k=int(number))["repository"]["pullRequest"]
    return str(shown["reviewThreads"]["nodes"][0]["id"])


def _boxes(page: str) -> list[str]:
    """The threads of the conversation, each as its HTML."""
    conversation = page.split('id="conversation"')[1].split('id="checks"')[0]
    return re.split(r'(?=<div class="file thread)', conversation)[1:]


def test_a_review_is_shown_with_its_judgement_and_its_threads_at_their_lines(
    github: GitHubService, repo: str, link: str
) -> None:
    pull = f"{repo}/pulls/{link.rpartition('/')[2]}"
    comments = [{"path": "new.txt", "line": 2, "body": "Why **two**?"}]
    asked = {"event": "REQUEST_CHANGES", "body": "Not yet.", "comments": comments}
    review = github.reader.post(f"{pull}/reviews", asked)
    first = github.reader.get(f"{pull}/reviews/{review['id']}/comments")[0]["id"]
    github.maintainer.post(f"{pull}/comments/{first}/replies", {"body": "Because."})
    draft = [{"path": "new.txt", "line": 3, "body": "A secret so far."}]
    github.maintainer.post(f"{pull}/reviews", {"comments": draft})
    reply = {"pullRequestReviewThreadId": _first_thread(github, link), "body": "Another secret."}
    GraphQL(github, github.maintainer).change("addPullRequestReviewThreadReply", "clientMutationId", **reply)

    page = _page(github, link)
    [box] = _boxes(page)
    assert "new.txt:2" in box
    for text in ("+one", "+two", "Why <strong>two</strong>?", "Because.", f'id="discussion_r{first}"'):
        assert text in box
    assert "+three" not in box
    assert '<span class="review changes_requested">requested changes</span>' in page
    assert f'<a href="#discussion_r{first}">2 comments · {github.reader.login}: Why **two**?</a>' in page
    assert "secret" not in page


def test_a_resolved_thread_is_folded_and_an_outdated_one_says_so(github: GitHubService, repo: str, link: str) -> None:
    pull, name = f"{repo}/pulls/{link.rpartition('/')[2]}", repo.removeprefix("/repos/")
    comments = [{"path": "new.txt", "line": line, "body": f"About {line}."} for line in (1, 4)]
    github.reader.post(f"{pull}/reviews", {"event": "COMMENT", "comments": comments})
    maintainer = GraphQL(github, github.maintainer)
    maintainer.change("resolveReviewThread", "clientMutationId", threadId=_first_thread(github, link))
    github.push(name, "fix", {"new.txt": TEXT.replace("four", "4")}, github.maintainer)

    resolved, outdated = _boxes(_page(github, link))
    assert resolved.startswith('<div class="file thread resolved"><details>')
    assert "Outdated" not in resolved
    assert "resolved by" in resolved
    assert outdated.startswith('<div class="file thread"><header>')
    assert ">Outdated<" in outdated


def test_a_suggestion_is_shown_as_what_it_would_change(github: GitHubService, repo: str, link: str) -> None:
    pull = f"{repo}/pulls/{link.rpartition('/')[2]}"
    body = "Shorter:\n```suggestion\n2 < 3\n```\n\n```python\nkept = 1\n```"
    place = {"path": "new.txt", "line": 3, "start_line": 2, "start_side": "RIGHT"}
    github.reader.post(f"{pull}/reviews", {"event": "COMMENT", "comments": [{**place, "body": body}]})
    box = html.unescape(_boxes(_page(github, link))[0])
    changed = box.split("Suggested change")[1].split("</div></div>")[0]
    assert re.findall(r'<span class="(\w+)">(.*?)</span>', changed) == [("del", "-two"), ("del", "-three"), ("add", "+2 < 3")]
    assert "kept = 1" in box


def test_a_suggestion_of_nothing_takes_lines_away() -> None:
    assert 'class="add"' not in suggestion(["gone"], "")
    assert suggestion(["gone"], "").count('class="del"') == 1


def test_who_is_asked_and_how_others_judge_stands_at_the_top(github: GitHubService, repo: str, link: str) -> None:
    pull = f"{repo}/pulls/{link.rpartition('/')[2]}"
    github.maintainer.post(f"{repo}/issues/{link.rpartition('/')[2]}/assignees", {"assignees": [github.maintainer.login]})
    github.maintainer.post(f"{pull}/requested_reviewers", {"reviewers": [github.reader.login]})
    asked = f'<span class="review requested" title="asked for a review"><a href="/{github.reader.login}"'
    assert asked in _page(github, link)
    github.reader.post(f"{pull}/reviews", {"event": "APPROVE"})
    github.reader.post(f"{pull}/reviews", {"event": "COMMENT", "body": "One more word."})
    page = _page(github, link)
    assert f'<span class="review approved" title="approved these changes"><a href="/{github.reader.login}"' in page
    assert "Assignees" in page


def test_a_hidden_comment_is_folded_with_the_reason(github: GitHubService, repo: str, link: str) -> None:
    number = link.rpartition("/")[2]
    comment = github.outsider.post(f"{repo}/issues/{number}/comments", {"body": "Buy watches"})["node_id"]
    maintainer = GraphQL(github, github.maintainer)
    maintainer.change("minimizeComment", "clientMutationId", subjectId=comment, classifier="SPAM")
    shown = _page(github, link)
    assert "This comment was marked as spam.</summary>" in shown
    assert "Buy watches" in shown


def test_a_person_reviews_answers_and_settles_on_the_page(
    github: GitHubService, repo: str, link: str, hook: WebhookReceiver
) -> None:
    def send(where: str, who: Person, **fields: str) -> httpx.Response:
        return httpx.post(f"{github.url}{link}/{where}", data={"as": who.login, **fields}, trust_env=False)

    line = {"path": "new.txt", "line": "2", "body": "Why two?"}
    assert send("review", github.reader, **line, do="comment").status_code == 303
    assert send("review", github.reader, **{**line, "line": "77"}, do="comment").status_code == 422
    assert send("review", github.reader, **{**line, "body": " "}, do="comment").status_code == 422
    assert "Can not approve" in send("review", github.maintainer, do="approve", body="").text
    assert send("review", github.reader, do="approve", body="").status_code == 303
    [box] = _boxes(_page(github, link))
    target = re.findall(rf'action="{link}/(threads/\d+)"', box)[0]
    assert send(target, github.maintainer, do="reply", body="/harvest say why").status_code == 303
    assert send(target, github.reader, do="resolve", body="").status_code == 403
    assert send(target, github.maintainer, do="resolve", body="").status_code == 303
    [box] = _boxes(_page(github, link))
    assert "resolved by" in box
    assert ">Unresolve</button>" in box
    told = wait_until(lambda: hook.of("pull_request_review_comment")[1:], "the reply")[0].payload
    assert told["comment"]["body"] == "/harvest say why"
    assert [one.payload["review"]["state"] for one in hook.of("pull_request_review")] == ["commented", "approved", "commented"]
