"""What the tools that a job is given cost at each turn: the model reads their names, descriptions and schemas every time.

`python -m benchmarks.tool_tokens` prints a table of Harvest's own server and of the built-in ones, each with all its tools. No
model is asked: a token is taken for 3.5 characters, which is about what such JSON comes to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from github_app.gateway.tools.builtin.gemini import GeminiServer
from github_app.gateway.tools.builtin.github import GitHubServer
from github_app.gateway.tools.listing import Tool, offered
from github_app.jobs.own_tools.server import OwnTools
from github_app.settings.operator import Settings
from github_app.text.redact import Redactor

CHARACTERS_A_TOKEN = 3.5


@dataclass(frozen=True)
class Cost:
    """A server's tools in one request to the model."""

    server: str
    tools: int
    characters: int

    @property
    def tokens(self) -> int:
        return round(self.characters / CHARACTERS_A_TOKEN)


def cost_of(server: str, tools: Sequence[Tool]) -> Cost:
    """As the Claude CLI passes them on, each under its server's name."""
    given = offered(tools, [str(tool["name"]) for tool in tools], Redactor())
    passed_on = [
        {
            "name": f"mcp__{server}__{tool['name']}",
            "description": tool["description"],
            "input_schema": tool["inputSchema"],
        }
        for tool in given
    ]
    return Cost(server, len(given), len(json.dumps(passed_on, ensure_ascii=False, separators=(",", ":"))))


def costs() -> Iterator[Cost]:
    nobody: Any = None  # what they would ask: listing asks nothing
    with_a_key = Settings.model_validate({"GEMINI_API_KEY": "unused"})
    yield cost_of("harvest", OwnTools(nobody).tools())
    yield cost_of("github", GitHubServer(nobody, nobody, 0, nobody, nobody).tools())
    yield cost_of("gemini", GeminiServer(with_a_key, nobody, nobody).tools())


def table() -> str:
    """As markdown."""
    rows = [f"| {cost.server} | {cost.tools} | {cost.characters:,} | {cost.tokens:,} |" for cost in costs()]
    return "\n".join(["| server | tools | characters | tokens a turn, about |", "| --- | --- | --- | --- |", *rows])


if __name__ == "__main__":
    print(table())
