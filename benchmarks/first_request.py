"""From the webhook to the agent's first request to the model, beside the same by hand in a shell.

Both end when the emulated model has read the first request that offers tools: from there on it is the same CLI, model and
repository. Harvest's time begins when the label is sent to GitHub; by hand it begins when the shell is started.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.github_requests import asked_for
from benchmarks.stage import JOB_SECONDS, Stage
from github_app.operator.demo.people import wait_for

PATIENCE_SECONDS = 120.0

# As somebody would type it who lets the agent work without asking.
BY_HAND = (
    'git clone --quiet -- "$URL" work && cd work && claude -p "$PROMPT" --permission-mode acceptEdits --allowedTools Bash'
)


@dataclass(frozen=True)
class Answered:
    """One job. All times are seconds since it was asked for; `waterfall` says how long each stretch of the way took, `over`
    when the job had released its sandbox.

    `github_requests` are those that GitHub's limits count, but for showing progress.
    """

    waterfall: dict[str, float]
    reaction: float
    first_request: float
    github_requests: int
    over: float


async def by_hand(stage: Stage, prompt: str, claude: Path, number: int) -> float:
    """Seconds from starting a shell to the model's first request."""
    folder = stage.folder / f"by-hand-{number}"
    programs = folder / "programs"
    for each in (folder / "home", programs):
        each.mkdir(parents=True)
    (programs / "claude").symlink_to(claude)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "URL": stage.clone_url,
        "PROMPT": prompt,
        "ANTHROPIC_BASE_URL": stage.environment["ANTHROPIC_BASE_URL"],
        "ANTHROPIC_API_KEY": stage.environment["ANTHROPIC_API_KEY"],
        # As Harvest's agent has them: neither asks a vendor's servers for updates.
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    begun = time.time()
    shell = await asyncio.create_subprocess_exec(
        *("sh", "-c", BY_HAND),
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(shell.communicate(), PATIENCE_SECONDS)
    if shell.returncode:
        raise RuntimeError(f"`claude -p` by hand ended with {shell.returncode}: {said.decode(errors='replace')[-500:]}")
    return await first_model_request(stage, begun) - begun


async def by_label(stage: Stage, title: str, body: str) -> Answered:
    """Open an issue, label it, and see the job through to its end."""
    issues = f"/repos/{stage.repository}/issues"
    issue = (await stage.maintainer.post(issues, {"title": title, "body": body}))["number"]
    return await asked(stage, f"{issues}/{issue}/labels", {"labels": ["harvest"]})


async def by_comment(stage: Stage, pull: int, text: str) -> Answered:
    """Write a comment on a pull request, and see the job through to its end."""
    return await asked(stage, f"/repos/{stage.repository}/issues/{pull}/comments", {"body": text})


async def asked(stage: Stage, path: str, body: dict[str, object]) -> Answered:
    begun = time.time()
    await stage.maintainer.post(path, body)

    async def release_sandbox() -> sqlite3.Row | None:
        done = "SELECT job_id FROM job_steps WHERE step = 'release_sandbox' AND finished_at IS NOT NULL"
        rows = stage.rows(f"SELECT * FROM jobs WHERE created_at >= ? AND state = 'ended' AND id IN ({done})", begun)
        return rows[0] if rows else None

    job = await wait_for(release_sandbox, "the job's end", PATIENCE_SECONDS)
    over = time.time() - begun
    if job["outcome"] != "succeeded":
        raise RuntimeError(f"job {job['id']} {job['outcome']}: {job['ending']}")
    log = await stage.github_log(begun, time.time())
    reaction = next(entry for entry in log if entry["job"] == job["id"] and entry["route"].endswith("/reactions"))
    first_request = await first_model_request(stage, begun) - begun
    return Answered(
        waterfall=stretches(moments(stage, job, begun), first_request),
        reaction=reaction["at"] + reaction["milliseconds"] / 1000 - begun,
        first_request=first_request,
        github_requests=len(asked_for(job["id"], log)),
        over=over,
    )


def moments(stage: Stage, job: sqlite3.Row, begun: float) -> dict[str, float]:
    """When each stretch of the way began, in order, in seconds since `begun`."""
    stored = stage.rows("SELECT received_at FROM inbox WHERE received_at >= ? ORDER BY number", begun)[0]["received_at"]
    steps = {row["step"]: row["started_at"] for row in stage.rows("SELECT * FROM job_steps WHERE job_id = ?", job["id"])}
    # The deadline is counted from the moment at which the agent's supervisor has begun.
    supervised = job["deadline"] - JOB_SECONDS
    began = {
        "GitHub sends the webhook": begun,
        "may the sender ask?": stored,
        "the job waits for its turn": job["created_at"],
        "acknowledge": steps["acknowledge"],
        "choose the branch": steps["choose_branch"],
        "open the sandbox": steps["open_sandbox"],
        "prepare the workspace": steps["prepare_workspace"],
        "compose the prompt": steps["compose_prompt"],
        "run the agent: the supervisor": steps["run_agent"],
        "run the agent: the CLI starts": supervised,
    }
    return {name: at - begun for name, at in began.items()}


def stretches(began: dict[str, float], end: float) -> dict[str, float]:
    """How long each stretch took: it lasts until the next one begins."""
    ends = [*list(began.values())[1:], end]
    return {name: until - at for (name, at), until in zip(began.items(), ends, strict=True)}


async def first_model_request(stage: Stage, since: float) -> float:
    """When the model had read the first request with tools (seconds since the epoch)."""
    for request in await stage.model_requests():
        offers_tools = isinstance(request["body"], dict) and request["body"].get("tools")
        if request["time"] >= since and request["path"] == "/v1/messages" and offers_tools:
            return float(request["time"])
    raise RuntimeError("the model was never asked")
