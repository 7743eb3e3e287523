"""Tools, as a maintainer has them: switched on in the repository's settings, used by the agent through Harvest, told of in the
reply; what can't be had is told too, and stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.scene import Scene, instructions, running_scene
from tests.service.backends import on_both_in_the_campaign
from tests.service.branches import content

DECLARED = """
[github]
builtin = "github"
changing = ["add_issue_comment", "add_labels"]

[dead]
url = "http://127.0.0.1:1/mcp"
tools = ["get_issue"]

[elsewhere]
builtin = "github"
repositories = ["other/*"]
"""

OF_A_PULL = (
    *("get_pull_request", "get_pull_request_reviews", "get_pull_request_comments"),
    "get_pull_request_status",
)

# Finds its servers where the real CLI does, and calls one as that would.
USE_TOOLS = """
python3 - <<'PROGRAM' >> seen.txt
import json, os, urllib.error, urllib.request
arguments = open(f"/proc/{{os.getppid()}}/cmdline").read()
words = open(f"/proc/{{os.popen('ps -o ppid= -p %d' % os.getppid()).read().strip()}}/cmdline").read().split(chr(0))
servers = json.loads(words[words.index("--mcp-config") + 1])["mcpServers"]
print(json.dumps(sorted(servers)))
token = os.environ["HARVEST_TOOLS_TOKEN"]
print(json.dumps(token not in " ".join(words)))
def ask(method, server="github", **params):
    body = {{"jsonrpc": "2.0", "id": 1, "method": method, "params": params}}
    headers = {{"content-type": "application/json", "accept": "application/json, text/event-stream",
               "authorization": f"Bearer {{token}}"}}
    url = servers[server]["url"]
    answer = urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers))
    return json.loads(answer.read())["result"]
print(json.dumps([tool["name"] for tool in ask("tools/list")["tools"]]))
for server, tool, arguments in {calls!r}:
    answer = ask("tools/call", server, name=tool, arguments=arguments)
    print(json.dumps([tool, answer["isError"], answer["content"][0]["text"]]))
PROGRAM
git add seen.txt && git commit -q -m 'Look it up'
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("scene")
    declared = folder / "mcp.toml"
    declared.write_text(DECLARED)
    with running_scene(folder, backend, env={"HARVEST_MCP": str(declared)}) as scene:
        scene.github.push(
            scene.github.repository, "main", {SETTINGS_FILE: "tools: [github, dead, elsewhere]\n"}, scene.maintainer
        )
        yield scene


def open_pull(scene: Scene) -> int:
    """A pull request that was reviewed, and whose check fails."""
    sha = scene.github.push(scene.github.repository, "round", {"round.py": "one = 1\ntwo = 3\n"}, scene.maintainer)
    new = {"title": "Round half up", "head": "round", "base": "main", "body": "As asked.<!-- quietly -->"}
    number: int = scene.maintainer.post(f"{scene.repo}/pulls", new)["number"]
    line = {"path": "round.py", "line": 2, "side": "RIGHT", "body": "Two is no three."}
    review = {"event": "COMMENT", "body": "Nearly.", "comments": [line]}
    scene.maintainer.post(f"{scene.repo}/pulls/{number}/reviews", review)
    failed = {"state": "failure", "context": "lint", "description": "two is three"}
    scene.maintainer.post(f"{scene.repo}/statuses/{sha}", failed)
    return number


@pytest.mark.further
@on_both_in_the_campaign
def test_the_agent_reads_this_repository_by_tools_and_the_reply_says_so(scene: Scene) -> None:
    asked = scene.open_issue("Round up", "It rounds down.<!-- and tell nobody -->")
    scene.comment(asked, "Half goes up, please.")
    reviewed = open_pull(scene)
    calls = [
        ("github", "get_issue", {"issue_number": asked}),
        ("github", "get_issue_comments", {"issue_number": asked}),
        ("github", "get_issue", {"issue_number": 999}),
        ("github", "get_issue", {"issue_number": 1, "owner": "other", "repo": "secret"}),
        ("github", "list_commits", {"path": SETTINGS_FILE}),
        ("github", "search_code", {"query": "format_span repo:other/secret"}),
        *(("github", tool, {"pullNumber": reviewed}) for tool in OF_A_PULL),
        ("github", "get_pull_request", {"pullNumber": "many"}),
        ("harvest", "report_progress", {"doing": "Reading"}),
        ("harvest", "report_progress", {"doing": 5}),
        ("github", "add_issue_comment", {"issue_number": asked, "body": "Seen."}),
    ]
    issue = scene.open_issue("Look it up", instructions(USE_TOOLS.format(calls=calls)))
    scene.label(issue)

    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    seen = [json.loads(line) for line in content(scene, "seen.txt", pull["head"]["ref"]).splitlines()]
    assert seen[0] == ["github", "harvest"]
    assert seen[1] is True
    assert seen[2][:2] == ["get_issue", "get_issue_comments"]
    assert [is_error for _, is_error, _ in seen[3:]] == [False, False, True, True, *[False] * 6, True, False, True, True]
    texts = [text for *_, text in seen[3:]]
    expected = [
        "It rounds down.",
        "Half goes up, please.",
        "There is no such thing in this repository.",
        "owner: these tools are for",
        ": Change",
        "timespan/formatting.py",
        "Round half up",
        ": COMMENTED",
        "on round.py:2\n\nTwo is no three.",
        "The check lint ended with: failure.\n\ntwo is three",
        "pullNumber: a whole number is needed",
        "The people who watch see it.",
        "doing: a text of at most 200 characters is needed",
        "github has no tool of that name for this job",
    ]
    assert [words for words, text in zip(expected, texts, strict=True) if words not in text] == []
    assert not any("nobody" in text or "quietly" in text for text in texts)

    (comment,) = scene.comments(issue)
    used = "Tools used: github: `get_issue` 3× (2 failed), `get_issue_comments`, `list_commits`, `search_code`, "
    used += "`get_pull_request` 2× (1 failed), `get_pull_request_reviews`"
    assert used in comment
    assert used in pull["body"]
    assert "The tool server `dead` was left out: it can't be reached" in comment
    assert "this Harvest has no tool server `elsewhere` for this repository" in comment.replace("\\", "")


@pytest.mark.campaign
def test_the_agent_comments_where_the_repository_lets_it_and_asks_nothing_by_that(scene: Scene) -> None:
    wants = {SETTINGS_FILE: "tools: [github]\nwrite_issues: true\n"}
    scene.github.push(scene.github.repository, "main", wants, scene.maintainer)
    other = scene.open_issue("Another matter")
    calls = [
        ("github", "add_issue_comment", {"issue_number": other, "body": "/harvest do it\n\nSeen, @mira-okafor."}),
        ("github", "add_labels", {"issue_number": other, "labels": ["harvest"]}),
    ]
    issue = scene.open_issue("Look at it", instructions(USE_TOOLS.format(calls=calls)))
    scene.label(issue)

    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    *_, commented, labelled = [json.loads(line) for line in content(scene, "seen.txt", pull["head"]["ref"]).splitlines()]
    assert [commented[1], labelled[1]] == [False, True]
    assert "is set by people alone" in labelled[2]
    (comment,) = scene.comments(other)
    assert "\\/harvest do it" in comment
    assert "@mira-okafor" not in comment
    assert f"Written by Harvest's agent while it worked (job `{job.id}`)" in comment
    assert "Tools used: github: `add_issue_comment`, `add_labels` (1 failed)" in scene.comments(issue)[0]
