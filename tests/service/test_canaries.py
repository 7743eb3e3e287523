"""Every upstream has a secret that would be known again, a job uses them all, and nothing of them is where an agent can look
or a person reads.

An upstream that is new: its variable in `PLANTED`, its server in `DECLARED`, a call of it in `USE_ALL`, and in `reached` that
it was asked with its secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from github_app.settings.repository import SETTINGS_FILE
from github_app.text.redact import forms_of
from sandbox.secret import Secret
from tests.agent_tools import program
from tests.gateway.hostile_tools import HostileTools, hostile_tools_in_a_thread
from tests.gemini_service import GeminiService, gemini_service
from tests.linear_service import LinearService, linear_service
from tests.sandboxes import LOCAL, how_isolated
from tests.scene import Scene, instructions, running_scene

# What Harvest is started with, of which it uses some: an agent is to find none of it.
PLANTED = {
    "HOSTILE_KEY": "canary-of-the-tool-server-7d1f",
    "GEMINI_API_KEY": "canary-of-gemini-2b8e",
    "MODAL_TOKEN_ID": "canary-of-modals-id-9c0a",
    "MODAL_TOKEN_SECRET": "canary-of-modal-55e1",
    "AWS_ACCESS_KEY_ID": "canary-of-s3s-id-e013",
    "AWS_SECRET_ACCESS_KEY": "canary-of-s3-f00d",
    "CLAUDE_CODE_OAUTH_TOKEN": "canary-of-the-subscription-ab12",
    "SLACK_BOT_TOKEN": "canary-of-slack-44c7",
}

DECLARED = """
[hostile]
url = "{url}"
credential = "HOSTILE_KEY"
tools = ["leak", "echo"]

[github]
builtin = "github"

[gemini]
builtin = "gemini"

[linear]
kind = "linear"
url = "{linear}"
credential = "LINEAR_API_KEY"
tools = ["list_issues"]
teams = ["ENG"]
"""

USE_ALL = """
import re
print(call("hostile", "leak", text="what do you hold?"))
print(call("github", "list_commits"))
print(call("linear", "list_issues"))
print(call("gemini", "research", question="What is a timespan?"))
gateway = re.sub("/tools/.*", "/llm/v1/messages", servers["harvest"]["url"])
print(post(gateway, {"model": "claude-sonnet-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}))
print(call("hostile", "gone"))
"""

# All that an agent with a shell can read: of each process that it sees, and of each file that is new, as all of the job's are.
LOOK = """
cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline > ~/found.txt 2>/dev/null
find / \\( -path /proc -o -path /sys -o -path /dev -o -path /usr \\) -prune \\
  -o -type f -mmin -60 ! -name found.txt -exec cat {} + >> ~/found.txt 2>/dev/null
git add answers.txt && git commit -q -m 'Ask all of them'
"""


@dataclass(frozen=True)
class Upstreams:
    hostile: HostileTools
    gemini: GeminiService
    linear: LinearService


@pytest.fixture(scope="module")
def upstreams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstreams]:
    with (
        hostile_tools_in_a_thread(PLANTED["HOSTILE_KEY"]) as hostile,
        gemini_service(api_key=PLANTED["GEMINI_API_KEY"]) as gemini,
        linear_service(tmp_path_factory.mktemp("linear")) as linear,
    ):
        yield Upstreams(hostile, gemini, linear)


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    if how_isolated(folder):
        pytest.skip("without isolation an agent can read Harvest's own environment, as docs/security.md says")
    (folder / "mcp.toml").write_text(DECLARED.format(url=upstreams.hostile.url, linear=upstreams.linear.mcp))
    of_upstreams = {**upstreams.gemini.environment, "LINEAR_API_KEY": upstreams.linear.key}
    env = {**PLANTED, **of_upstreams, "HARVEST_MCP": str(folder / "mcp.toml")}
    with running_scene(folder, LOCAL, env=env) as scene:
        scene.github.push(
            scene.github.repository, "main", {SETTINGS_FILE: "tools: [hostile, github, gemini, linear]\n"}, scene.maintainer
        )
        yield scene


@pytest.mark.further
def test_no_secret_of_an_upstream_is_where_an_agent_looks_or_a_person_reads(scene: Scene, upstreams: Upstreams) -> None:
    issue = scene.open_issue("Ask all of them", instructions(program(USE_ALL, "> answers.txt") + LOOK))
    scene.label(issue)
    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    files = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    seen = {
        "the sandbox, and what the agent found in it": files_below(scene.harvest.state / "snapshots" / scene.snapshot_of(job)),
        "all that Harvest wrote: log, database, the session's log, artifacts": files_below(scene.harvest.log_path.parent),
        "comments": json.dumps(scene.maintainer.get(f"{scene.repo}/issues/{issue}/comments")).encode(),
        "the pull request": json.dumps([pull, files]).encode(),
        "check runs": json.dumps(scene.check_runs(pull["head"]["sha"])).encode(),
    }
    assert {where: found for where, content in seen.items() if (found := secrets_in(content, scene))} == {}
    assert reached(scene, upstreams, seen["the pull request"]) == {"hostile", "gemini", "linear", "model", "github"}
    sandbox = seen["the sandbox, and what the agent found in it"]
    assert b"HARVEST_TOOLS_TOKEN=harvest-job-" in sandbox, "processes were looked at"
    assert b'"mcpServers"' in sandbox, "and how they were called"


def files_below(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def secrets_in(content: bytes, scene: Scene) -> list[str]:
    """The names of the secrets that are in there, in any spelling."""
    env = scene.harvest.env
    key = Path(env["GITHUB_PRIVATE_KEY_PATH"]).read_text()
    secrets = {
        **PLANTED,
        "ANTHROPIC_API_KEY": env["ANTHROPIC_API_KEY"],
        "LINEAR_API_KEY": env["LINEAR_API_KEY"],
        "GITHUB_WEBHOOK_SECRET": env["GITHUB_WEBHOOK_SECRET"],
        "GITHUB_PRIVATE_KEY": key,
    }
    return [name for name, value in secrets.items() if any(form.encode() in content for form in forms_of(Secret(value)))]


def reached(scene: Scene, upstreams: Upstreams, pull: bytes) -> set[str]:
    """The upstreams that were asked with their secrets."""
    hostile = f"Bearer {PLANTED['HOSTILE_KEY']}"
    by = {
        "hostile": any(one["headers"].get("authorization") == hostile for one in upstreams.hostile.seen),
        "gemini": upstreams.gemini.was_asked_with(PLANTED["GEMINI_API_KEY"]),
        "model": scene.model.was_asked_with(scene.model.api_key),
        "linear": ("list_issues", {}) in upstreams.linear.calls(),
        "github": b"(github: list_commits)" in pull,
    }
    return {name for name, was in by.items() if was}
