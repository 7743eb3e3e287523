"""The browser that a job's agent is given, where its repository wants one and its sandbox has what it takes."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from github_app.jobs.agent.task import AgentRun
from github_app.jobs.context import JobContext
from github_app.replies import tools as tool_words
from sandbox.browser import Browser, NoBrowser, find_browser
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class LookedForBrowser:
    """The browser that there is; or sentences on why there is none, though the repository wants one."""

    browser: Browser | None = None
    notes: tuple[str, ...] = ()


async def look_for_browser(context: JobContext, sandbox: Sandbox, run: AgentRun) -> LookedForBrowser:
    """Raises SandboxGone, SandboxUnavailable. One that plans could not start an app to look at."""
    if run.plans or not context.narrowed.browser:
        return LookedForBrowser()
    try:
        return LookedForBrowser(await find_browser(sandbox))
    except (SandboxGone, SandboxUnavailable):
        raise
    except (NoBrowser, SandboxError) as problem:
        log.warning("a job goes on without a browser", problem=str(problem))
        return LookedForBrowser(notes=(tool_words.no_browser(str(problem)),))
