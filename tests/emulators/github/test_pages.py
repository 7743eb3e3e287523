from __future__ import annotations

import httpx
import pytest

from emulators.github.pages.html import Html, el
from emulators.github.pages.markdown import render
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** `x`", "<p><strong>bold</strong> <code>x</code></p>\n"),
        ("<!-- marker -->\nSeen.", "\n<p>Seen.</p>\n"),
        ("a <!-- b --> c", "<p>a  c</p>\n"),
        ("`<!-- kept -->`", "<p><code>&lt;!-- kept --&gt;</code></p>\n"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("x <img src=x onerror=alert(1)>", "<p>x &lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("x <b onclick=alert(1)>y</b>", "<p>x &lt;b onclick=alert(1)&gt;y</b></p>\n"),
        ("<b>y</b>", "<p><b>y</b></p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("Closes #12.", '<p>Closes <a href="/o/r/issues/12">#12</a>.</p>\n'),
    ],
)
def test_markdown_is_shown_as_github_would_and_carries_no_script(text: str, shown: str) -> None:
    assert render(text, "/o/r") == shown


def test_a_task_list_has_boxes() -> None:
    shown = render("- [x] done\n- [ ] open\n- plain", "/o/r")
    assert "☑ done" in shown
    assert "☐ open" in shown
    assert shown.count('class="task"') == 2


def test_whatever_is_not_html_is_escaped() -> None:
    assert (
        el("a", "<i>", Html("<b>"), href='"x"', hidden=True, title=None) == '<a href="&quot;x&quot;" hidden>&lt;i&gt;<b></a>'
    )


def _get(github: GitHubService, path: str) -> httpx.Response:
    return httpx.get(f"{github.url}{path}")


def test_an_issue_is_shown_with_all_that_was_said(github: GitHubService, repo: str) -> None:
    link = repo.removeprefix("/repos")
    maintainer = github.maintainer
    number = github.outsider.post(f"{repo}/issues", {"title": "<b>It</b> breaks", "body": "See `x`."})["number"]
    maintainer.post(f"{repo}/issues/{number}/labels", {"labels": ["harvest"]})
    comment = github.as_installation().post(f"{repo}/issues/{number}/comments", {"body": "On it."})["id"]
    maintainer.post(f"{repo}/issues/comments/{comment}/reactions", {"content": "rocket"})

    shown = _get(github, f"{link}/issues/{number}")

    assert shown.status_code == 200
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    for text in ("&lt;b&gt;It&lt;/b&gt; breaks", "<code>x</code>", ">harvest</span>", "On it.", "🚀 1", ">Open<", ">bot<"):
        assert text in shown.text
    assert "<b>It</b>" not in shown.text


def test_a_pull_request_is_shown_with_checks_commits_and_diff(github: GitHubService, repo: str) -> None:
    link, bot = repo.removeprefix("/repos"), github.as_installation()
    sha = github.push(repo.removeprefix("/repos/"), "fix", {"src/hello.py": "print('<hello>')\n"}, bot)
    asked = {"title": "Mend it", "head": "fix", "base": "main", "draft": True}
    number = bot.post(f"{repo}/pulls", asked)["number"]
    actions = [{"label": "Stop", "description": "Stop it", "identifier": "stop"}]
    output = {"title": "At work", "summary": "Reading **code**."}
    run = bot.post(f"{repo}/check-runs", {"name": "Harvest", "head_sha": sha, "actions": actions, "output": output})

    shown = _get(github, f"{link}/pull/{number}").text
    for text in (">Draft<", "Harvest", "At work", sha[:7], "+print(&#x27;&lt;hello&gt;&#x27;)", "Files changed 1"):
        assert text in shown
    check = _get(github, f"{link}/runs/{run['id']}").text
    for text in ("Reading <strong>code</strong>.", ">Stop</button>", ">Re-run</button>"):
        assert text in check
    assert _get(github, f"{link}/pull/{number}.diff").text.startswith("diff --git")


@pytest.mark.parametrize(
    "path",
    ["", "/issues", "/pulls", "/tree/main", "/tree/main/src", "/blob/main/src/hello.py", "/commit/main"],
)
def test_a_repository_can_be_walked_through(github: GitHubService, repo: str, path: str) -> None:
    assert _get(github, f"{repo.removeprefix('/repos')}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/mira-okafor", "/tidewater-labs", "/apps/harvest-local", "/avatars/10001"])
def test_people_and_apps_have_pages(github: GitHubService, path: str) -> None:
    assert _get(github, path).status_code == 200


@pytest.mark.parametrize("path", ["/nobody-here", "/a/b", "/tidewater-labs/timespan/issues/999", "/apps/other"])
def test_what_is_not_there_is_a_page_that_says_so(github: GitHubService, path: str) -> None:
    shown = _get(github, path)
    assert shown.status_code == 404
    assert "Not Found" in shown.text


def test_an_empty_repository_has_a_page(github: GitHubService) -> None:
    name = github.add_repository("nothing-in-it")
    assert "This repository is empty." in _get(github, f"/{name}").text


def test_a_form_acts_as_a_person_with_that_persons_rights(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    target = f"{github.url}{repo.removeprefix('/repos')}/issues/{number}/act"
    asked = {"as": github.maintainer.login, "label": "harvest", "body": "/harvest"}
    assert httpx.post(target, data={**asked, "do": "label"}).status_code == 303
    assert httpx.post(target, data={**asked, "do": "comment"}).status_code == 303
    assert httpx.post(target, data={**asked, "do": "label", "as": github.outsider.login}).status_code == 403
    assert httpx.post(target, data={**asked, "do": "close"}, headers={"origin": "http://evil.test"}).status_code == 403
    assert wait_until(lambda: hook.of("issue_comment"), "the comment")[0].payload["comment"]["body"] == "/harvest"
    assert httpx.post(target, data={**asked, "do": "close"}).status_code == 303
    assert github.maintainer.get(f"{repo}/issues/{number}")["state"] == "closed"


def test_a_button_on_the_checks_page_reaches_the_app(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    bot = github.as_installation()
    sha = bot.get(f"{repo}/branches/main")["commit"]["sha"]
    actions = [{"label": "Stop", "description": "Stop it", "identifier": "stop"}]
    run = bot.post(f"{repo}/check-runs", {"name": "Harvest", "head_sha": sha, "actions": actions})
    target = f"{github.url}{repo.removeprefix('/repos')}/runs/{run['id']}/press"
    assert httpx.post(target, data={"as": github.reader.login, "do": "stop"}).status_code == 403
    httpx.post(target, data={"as": github.maintainer.login, "do": "stop"})
    httpx.post(target, data={"as": github.maintainer.login, "do": "rerequest"})
    wait_until(lambda: hook.of("check_run", "rerequested"), "the re-run")
    assert hook.of("check_run", "requested_action")[0].payload["requested_action"] == {"identifier": "stop"}
