"""With the real CLI, the real browser and its real server of tools: an agent looks at the running app, reaches nothing
outside, attaches what it sees, and people see it in the pull request."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import httpx
import pytest
from PIL import Image

from github_app.publish.pictures.branch import BRANCH
from github_app.settings.operator import Settings
from github_app.settings.repository import SETTINGS_FILE
from sandbox.browser import CHROMIUMS
from sandbox.local import LocalBackend
from tests.anthropic_service import claude_cli
from tests.harvest_service import JobRow
from tests.scene import Scene, running_scene
from tests.waiting import wait_until

# On a quiet machine it takes eight; a browser beside the CLI is what a busy one feels most.
SECONDS = 300.0

APP = "http://127.0.0.1:8731/"
OUTSIDE = "https://outside.acme.dev/"
MAKE = f"""
printf '<h1 style="color:tomato">Tide table</h1>' > index.html
git add index.html && git commit -q -m Tides
ln -s /etc/passwd /tmp/link.png
printf '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>' > /tmp/drawing.png
python3 -m http.server -b 127.0.0.1 8731 >/dev/null 2>&1 &
curl --silent --retry 20 --retry-connrefused {APP}
"""
ATTACHED: list[dict[str, object]] = [
    {"path": "/tmp/app.png", "caption": "The | tide table @mira", "when": "after"},
    {"path": "/tmp/link.png", "caption": "A link"},
    {"path": "/tmp/drawing.png", "caption": "A drawing"},
]


def scene_of(name: str, *calls: tuple[str, dict[str, object]]) -> str:
    lines = ["[[acts.scenes]]", f"name = {json.dumps(name)}"]
    for tool, given in calls:
        pairs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in given.items())
        lines += ["[[acts.scenes.calls]]", f"tool = {json.dumps(tool)}", f"input = {{ {pairs} }}"]
    return "\n".join(lines)


PLAY = "\n".join(
    [
        'title = "Look at it"',
        '[[acts]]\nname = "look"\nprompt = "tide"',
        scene_of("make", ("Bash", {"command": MAKE})),
        scene_of("open", ("mcp__chrome__navigate_page", {"url": APP})),
        scene_of("picture", ("mcp__chrome__take_screenshot", {"filePath": "/tmp/app.png"})),
        scene_of("outside", ("mcp__chrome__navigate_page", {"url": OUTSIDE})),
        scene_of("attach", *(("mcp__harvest__attach_screenshot", given) for given in ATTACHED)),
        '[[acts.scenes]]\nname = "done"\nsay = "Show the tides\\n\\nThere is a page for it now."',
    ]
)


def why_not(folder: Path) -> str:
    """Why there can be no browser here; empty where there can."""
    if Settings(_env_file=None).browser_server() is None:
        return "there is no chrome-devtools-mcp: npm is missing, or could not fetch it"
    if not any(map(shutil.which, CHROMIUMS)):
        return "there is no Chromium"
    isolation = LocalBackend(folder).isolation()
    return "" if isolation.own_network else f"sandboxes have no network of their own: {isolation.detail}"


def ended(scene: Scene, issue: int) -> list[JobRow]:
    return [job for job in scene.harvest.jobs(issue) if job.state == "ended"]


@pytest.mark.further
def test_an_agent_looks_at_the_app_and_people_see_what_it_saw(tmp_path: Path) -> None:
    if problem := why_not(tmp_path / "probe"):
        pytest.skip(problem)
    with running_scene(tmp_path, claude=claude_cli()) as scene:
        scene.model.play(PLAY)
        scene.github.push(scene.github.repository, "main", {SETTINGS_FILE: "browser: true\n"}, scene.maintainer)
        issue = scene.open_issue("Show the tides", "On a page, with the tide table.")
        scene.label(issue)

        (job,) = wait_until(lambda: ended(scene, issue), "the end of the job", seconds=SECONDS)

        assert job.outcome == "succeeded", job.ending
        answers = [
            part["text"] if isinstance(part, dict) else part
            for block in scene.model.requests()[-1]["body"]["messages"]
            for result in block["content"]
            if isinstance(result, dict) and result["type"] == "tool_result"
            for part in (result["content"] if isinstance(result["content"], list) else [result["content"]])
        ]
        told = "\n".join(answers)
        assert f"Successfully navigated to {APP}" in told
        assert "net::ERR_TUNNEL_CONNECTION_FAILED" in told
        assert job.report["blocked_hosts"] == ["outside.acme.dev"]
        assert "Attached (1280x800)" in told
        for refusal in ("link.png can't be read", "no PNG, JPEG or WebP"):
            assert refusal in told
        (pull,) = scene.pulls_of(issue)
        body = scene.pull(pull["number"])["body"]
        (url,) = re.findall(r"!\[Screenshot\]\((\S+)\)", body)
        assert f"/blob/{BRANCH}/" in url
        assert "| – | ![Screenshot]" in body
        assert f"[`{pull['head']['sha'][:7]}`](" in body
        assert "The tide table" not in body
        assert "@mira" not in body
        seen = httpx.get(url)
        assert seen.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(seen.content)).size == (1280, 800)
        (end,) = scene.ends(issue)
        assert url in end
        given = next(request["body"]["tools"] for request in scene.model.requests() if request["body"].get("tools"))
        sent = json.dumps([tool for tool in given if tool["name"].startswith("mcp__chrome__")])
        assert len(sent) < 9_000
