"""The browser: can agents be given one in their sandboxes?"""

from __future__ import annotations

from github_app.operator.doctor.finding import Finding
from sandbox.browser import VERSION, NoBrowser, find_browser
from sandbox.protocol import Sandbox

SUBJECT = "browser"


async def browser_finding(sandbox: Sandbox, advice: str) -> Finding:
    """Raises SandboxError. A repository asks for one, and most want none: that there is none is nothing to be mended."""
    try:
        await find_browser(sandbox)
    except NoBrowser as problem:
        return Finding(SUBJECT, "ok", f"none for agents, because {problem}", advice)
    return Finding(SUBJECT, "ok", f"agents of repositories with `browser: true` have one (chrome-devtools-mcp {VERSION})")
