"""Linear in the demo: an emulated workspace, which the operator has declared to Harvest and a maintainer switches on."""

from __future__ import annotations

import base64
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from github_app.operator.demo.people import Person
from github_app.operator.demo.processes import DemoFailed, running

# What stands there, by the keys that people name in their requests.
SIGN, COMMAS = "ENG-7", "ENG-8"
ISSUES = {
    SIGN: {
        "title": "Nothing has a minus in front of it",
        "description": "A customer's invoice says `-0s`. Less than half a second below zero is to be written as `0s`.",
    },
    COMMAS: {
        "title": "Commas between the units",
        "description": "As our style guide has it: `1h, 30m`. What reads spans takes both already.",
    },
}

DECLARED = """
[linear]
kind = "linear"
url = "{url}"
credential = "LINEAR_API_KEY"
tools = ["get_issue", "list_comments"]
teams = ["ENG"]
tell = ["start"]
"""
SETTINGS_FILE = ".github/harvest.yml"
SWITCHED_ON = "tools: [linear]\ntest: [python3 -m unittest -q]\nbrowser: true\n"


@dataclass(frozen=True)
class Linear:
    """The workspace, whose emulator is at `url`. `env` is what Harvest needs to know of it."""

    url: str
    env: dict[str, str]

    async def told(self, key: str) -> list[str]:
        """What Harvest said there on the issue."""
        async with httpx.AsyncClient() as client:
            issue = (await client.get(f"{self.url}/_emulator/issues/{key}")).raise_for_status().json()
        return [str(comment["body"]) for comment in issue["comments"]]


async def the_linear(stack: AsyncExitStack, folder: Path, base: dict[str, str]) -> Linear:
    """Start it, with `ISSUES` in it, and write down what the operator declares of it."""
    ready = (await stack.enter_async_context(running("emulators.linear", env=base, folder=folder))).document()
    async with httpx.AsyncClient() as client:
        for key, issue in ISSUES.items():
            (await client.put(f"{ready['url']}/_emulator/issues/{key}", json=issue)).raise_for_status()
    declared = folder / "mcp.toml"
    declared.write_text(DECLARED.format(url=ready["env"]["LINEAR_URL"]))
    return Linear(ready["url"], {"LINEAR_API_KEY": ready["env"]["LINEAR_API_KEY"], "HARVEST_MCP": str(declared)})


async def switch_on(maintainer: Person, repository: str) -> None:
    """The repository wants the tools of Linear and a browser, and says how its tests are run."""
    content = base64.b64encode(SWITCHED_ON.encode()).decode()
    await maintainer.put(
        f"/repos/{repository}/contents/{SETTINGS_FILE}",
        {"message": "Let Harvest read Linear, run the tests and look at pages", "content": content},
    )


def must_name(key: str, comments: list[dict[str, Any]]) -> None:
    """DemoFailed when none of Harvest's comments says that it was given that issue."""
    if not any(key in comment["body"] for comment in comments):
        raise DemoFailed(f"no comment of Harvest's names {key}")
