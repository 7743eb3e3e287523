"""Pictures in the demo: the agent looks at a page of the library's answers in a browser, before its change and after it, and
the pull request shows both. Where there is no browser, what is said of that is shown instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx

from github_app.operator.demo.lesson import sent_to_the_model
from github_app.operator.demo.onlooker import Onlooker
from github_app.operator.demo.processes import DemoFailed
from github_app.operator.demo.stage import Stage

PICTURE = re.compile(r"!\[Screenshot\]\((\S+?)\)")
NO_BROWSER = re.compile(r"The agent had no browser: .+?\.(?=\s|$)")
BROWSERS_TOOL = "mcp__chrome__"
MAX_SAID_CHARACTERS = 160


async def see_pictures(stage: Stage, onlooker: Onlooker) -> None:
    """Both are there, as pictures, before and after; DemoFailed where a browser worked and they are not."""
    body = (await onlooker.pull_request())["body"]
    addresses = PICTURE.findall(body)
    if not addresses and (problem := await why_there_is_none(stage, onlooker)):
        onlooker.screen.happened("no pictures", problem, mark="–")
        return
    if len(addresses) != 2 or "| Before | After |" not in body:
        raise DemoFailed(f"the pull request shows {len(addresses)} pictures, not one before the change and one after it")
    async with httpx.AsyncClient(follow_redirects=True) as client:
        seen = [(await client.get(address)).raise_for_status() for address in addresses]
    if any(not answer.content.startswith(b"\x89PNG") for answer in seen) or seen[0].content == seen[1].content:
        raise DemoFailed(f"what the pull request shows are not two pictures: {addresses}")
    onlooker.screen.happened("the pull request shows pictures from the agent's browser, before and after", addresses[1])


async def why_there_is_none(stage: Stage, onlooker: Onlooker) -> str:
    """What Harvest says of a missing browser, or the browser's tools of one that does not work; empty for neither."""
    if said := NO_BROWSER.search((await onlooker.session_comment())["body"]):
        return said[0]
    for body in await sent_to_the_model(stage):
        for complaint in complaints_of_the_browser(body or {}):
            return complaint
    return ""


def complaints_of_the_browser(body: dict[str, Any]) -> Iterator[str]:
    """What its tools answered to calls that failed, from a request to the model."""
    messages = [message["content"] for message in body.get("messages", ())]
    blocks = [block for content in messages if isinstance(content, list) for block in content]
    calls = {block["id"] for block in blocks if block["type"] == "tool_use" and block["name"].startswith(BROWSERS_TOOL)}
    for block in blocks:
        if block["type"] == "tool_result" and block.get("is_error") and block["tool_use_id"] in calls:
            yield " ".join(str(block["content"]).split())[:MAX_SAID_CHARACTERS]
