"""The job at work as the surfaces show it: what it does, since when, and what it took so far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from github_app.jobs.reporting.story import Running, ask_of
from github_app.replies import wording
from github_app.replies.at_work import NowRunning


def now_running(running: Running) -> NowRunning:
    ask = ask_of(running.job)
    return NowRunning(
        ask.actor.login,
        ask.shown,
        "getting ready" if running.agent_since is None else wording.doing(running.job.step or ""),
        running.progress,
        seconds=running.seconds,
        cost_usd=running.cost_usd,
    )


def look_of(running: Running, body: Callable[[Running], Mapping[str, Any]]) -> str:
    """A hash of what is shown of it, but for what changes with the clock alone."""
    timeless = body(replace(running, seconds=0.0, cost_usd=0.0))
    return hashlib.sha256(json.dumps(timeless, sort_keys=True).encode()).hexdigest()
