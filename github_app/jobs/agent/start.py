"""Starting the agent: which conversation, which prompt, and what it is given to reach the model with."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from typing import Any

from github_app.domain.request import Request
from github_app.github.threads import COMMENTS_A_PAGE, Thread
from github_app.jobs.agent.limits import GRACE_SECONDS, MAX_WRITTEN_BYTES
from github_app.jobs.agent.prompt import ThreadComment, first_prompt, installed_note, interrupted_prompt, next_prompt
from github_app.jobs.context import JobContext
from github_app.jobs.services import Services
from github_app.jobs.steps.prepare_workspace import RULES_FILE
from github_app.settings.egress import GATEWAY_PATH
from sandbox import run
from sandbox.agent import ENVIRONMENT, AgentSpec, command_line, user_message
from sandbox.protocol import Sandbox
from sandbox.run import RunSpec
from sandbox.secret import Secret
from state.session_state import SessionState

# The sandbox's own time limit is met this much early: what the agent did is collected, or kept in a snapshot.
SANDBOX_END_SECONDS = 30 * 60.0

# An agent that starts late still gets time to say where it stands.
LEAST_SECONDS = 60.0

# Without any key the CLI would not ask at all.
KEY_AT_MODAL = "held-by-modal"


async def agent_spec(context: JobContext, sandbox: Sandbox) -> AgentSpec:
    """What is asked of the CLI. The conversation goes on when its transcript came along with the snapshot."""
    settings = context.services.settings
    return AgentSpec(
        cli="claude",
        model=context.model,
        session_id=context.session.agent_session_id,
        # Nothing but a snapshot brings a transcript along: a sandbox that began without one need not be asked.
        resume=sandbox.started_from == "snapshot" and await has_transcript(sandbox, context.session.agent_session_id),
        isolated=sandbox.isolated,
        rules_path=f"{sandbox.paths.control}/{RULES_FILE}",
        max_turns=settings.max_turns,
    )


async def has_transcript(sandbox: Sandbox, session_id: str) -> bool:
    """Whether the CLI can resume this conversation here: it keeps one file for each, below its project folders."""
    projects = f"{sandbox.paths.home}/.claude/projects"
    look = ["find", projects, "-maxdepth", "2", "-name", f"{session_id}.jsonl", "-size", "+0"]
    found = await sandbox.run(look, cwd=sandbox.paths.tmp)
    return bool(found.stdout.strip())


async def start_agent(context: JobContext, sandbox: Sandbox, thread: Thread, state: SessionState, spec: AgentSpec) -> None:
    """Start the run of this job, or leave it alone when it was started before."""
    if await run.was_started(sandbox, context.job.id):
        return
    services, settings = context.services, context.services.settings
    prompt = await prompt_for(context, thread, state, resume=spec.resume)
    if "prompt" not in context.job.detail:
        await context.remember(prompt=prompt, model=spec.model)
    environment, given = await model_access(context)
    seconds = seconds_for_the_agent(
        time.time(),
        job_minutes=settings.job_minutes,
        deadline=context.job.deadline,
        sandbox_ends_at=context.job.detail.get("sandbox_ends_at"),
    )
    # Before it starts: whoever finds it running after a crash has to know when it must end.
    await services.jobs.update(context.job.id, deadline=time.time() + seconds)
    await run.begin(
        sandbox,
        context.job.id,
        RunSpec(
            argv=command_line(spec),
            cwd=sandbox.paths.workspace,
            messages=[user_message(prompt)],
            env={**ENVIRONMENT, **environment},
            wall_seconds=seconds,
            silence_seconds=settings.silence_minutes * 60,
            grace_seconds=GRACE_SECONDS,
            max_output_bytes=MAX_WRITTEN_BYTES,
        ),
        given,
    )


def seconds_for_the_agent(now: float, *, job_minutes: float, deadline: float | None, sandbox_ends_at: float | None) -> float:
    """How long the agent may work: the job's time, which another sandbox doesn't lengthen, and no longer than until half an
    hour before its sandbox ends. Times are in seconds since the epoch; `deadline` is that of an agent before this one."""
    ends = [now + job_minutes * 60]
    if deadline is not None:
        ends.append(deadline)
    if sandbox_ends_at is not None:
        ends.append(sandbox_ends_at - SANDBOX_END_SECONDS)
    return max(min(ends) - now, min(LEAST_SECONDS, job_minutes * 60))


async def model_access(context: JobContext) -> tuple[dict[str, str], dict[str, Secret]]:
    """Environment and secrets by which the CLI reaches the model.

    By the gateway: a token that is good for this job alone. Directly: a word in the place of the key, which Modal replaces
    outside of the sandbox, or the operator's own key, which the agent can read; both are weaker, and chosen by
    HARVEST_MODEL_ACCESS=direct.
    """
    services, settings = context.services, context.services.settings
    if settings.model_access == "gateway":
        token = Secret(f"harvest-job-{secrets.token_urlsafe(32)}")
        await grant(services, context.job.id, token, settings.budget_usd)
        return {"ANTHROPIC_BASE_URL": f"{services.service_url}{GATEWAY_PATH}"}, {"ANTHROPIC_API_KEY": token}
    environment = {"ANTHROPIC_BASE_URL": settings.anthropic_base_url}
    if not settings.agent_holds_key:
        return environment, {"ANTHROPIC_API_KEY": Secret(KEY_AT_MODAL)}
    if settings.claude_code_oauth_token is not None:
        return environment, {"CLAUDE_CODE_OAUTH_TOKEN": settings.claude_code_oauth_token}
    return environment, {"ANTHROPIC_API_KEY": settings.anthropic_api_key or Secret("")}


def expected_key_source(services: Services) -> str | None:
    """Where the CLI has to say that its key comes from; None when an OAuth token leaves that open."""
    by_oauth = services.settings.agent_holds_key and services.settings.claude_code_oauth_token is not None
    return None if by_oauth else "ANTHROPIC_API_KEY"


async def grant(services: Services, job_id: str, token: Secret, budget_usd: float) -> None:
    """Let the gateway know this job's token, by its hash alone, and what it may spend."""
    digest = hashlib.sha256(token.reveal().encode()).hexdigest()
    await services.jobs.update(job_id, gateway_token_sha256=digest, budget_microdollars=round(budget_usd * 1_000_000))


async def prompt_for(context: JobContext, thread: Thread, state: SessionState, *, resume: bool) -> str:
    """The prompt: what was asked, with the thread around it unless the agent remembers that."""
    request = context.request
    asked: str | None = context.job.detail.get("prompt")
    if resume and context.lost and asked is not None:
        return interrupted_prompt(asked, context.notes)
    if resume:
        return next_prompt(request, context.notes)
    comments = await comments_at_the_trigger(context, thread)
    notes = [*context.notes, *filter(None, [installed_note(context.job.detail.get("installed", []))])]
    return await state.build_context_prompt(first_prompt(request, comments, notes))


async def comments_at_the_trigger(context: JobContext, thread: Thread) -> list[ThreadComment]:
    """The thread's comments as they were when the job was asked for: later and edited ones, and our own, are left out."""
    found = await latest_comments(thread, context.request.thread)
    return [
        ThreadComment((comment.get("user") or {}).get("login", "somebody"), comment.get("body") or "")
        for comment in found
        if stood_at_the_trigger(comment["id"], comment["created_at"], comment["updated_at"], context.request)
        and (comment.get("performed_via_github_app") or {}).get("id") != context.services.app_id
    ]


def stood_at_the_trigger(comment_id: int, created_at: str, updated_at: str, request: Request) -> bool:
    """Whether a comment stood there, as it is now, when the request was made.

    Times are all of one form (ISO 8601 in UTC, whole seconds), so that text order is time order. Within the trigger's own
    second only ids tell what came before, and nothing tells when a comment was edited.
    """
    if created_at < request.asked_at and updated_at < request.asked_at:
        return True
    untouched = created_at == updated_at == request.asked_at
    return untouched and request.trigger == "comment" and comment_id < request.trigger_id


async def latest_comments(thread: Thread, number: int) -> list[dict[str, Any]]:
    """The comments, oldest first; of a long thread its last two pages. GitHub lists the oldest first and in no other order.

    https://docs.github.com/en/rest/issues/comments#list-issue-comments
    """

    async def page(which: int) -> list[dict[str, Any]]:
        query = f"?per_page={COMMENTS_A_PAGE}&page={which}"
        found: list[dict[str, Any]] = await thread.request("GET", f"/issues/{number}/comments{query}")
        return found

    first = await page(1)
    if len(first) < COMMENTS_A_PAGE:
        return first
    last = math.ceil((await thread.request("GET", f"/issues/{number}"))["comments"] / COMMENTS_A_PAGE)
    before = first if last <= 2 else await page(last - 1)
    return before + (await page(last) if last > 1 else [])
