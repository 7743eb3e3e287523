"""Starting the agent: how it is called, and what it is given to reach the model with."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence

from github_app.jobs.agent.limits import GRACE_SECONDS, MAX_WRITTEN_BYTES
from github_app.jobs.agent.prompt import RULES_FILE
from github_app.jobs.agent.task import AgentTask
from github_app.jobs.agent.tools import give_tools, given_servers
from github_app.jobs.context import JobContext
from github_app.jobs.results import SandboxOpened
from github_app.jobs.services import Services
from github_app.settings.egress import GATEWAY_PATH
from github_app.settings.operator import Settings
from sandbox import run
from sandbox.agent import ENVIRONMENT, TOOLS_TOKEN, AgentSpec, command_line, user_message
from sandbox.browser import Browser
from sandbox.conversation import config_folder
from sandbox.protocol import Sandbox
from sandbox.run import RunSpec
from sandbox.secret import Secret
from state.holding import must_be_ours

# The sandbox's own time limit is met this much early: what the agent did is collected, or kept in a snapshot.
SANDBOX_END_SECONDS = 30 * 60.0

# An agent that starts late still gets time to say where it stands.
LEAST_SECONDS = 60.0

# Without any key the CLI would not ask at all.
KEY_AT_MODAL = "held-by-modal"


async def agent_spec(context: JobContext, sandbox: Sandbox, task: AgentTask, browser: Browser | None) -> AgentSpec:
    """What is asked of the CLI."""
    await give_tools(context)
    return AgentSpec(
        cli="claude",
        model=task.model,
        session_id=task.conversation or context.session.agent_session_id,
        resume=task.resume,
        isolated=sandbox.isolated,
        rules_path=f"{sandbox.paths.control}/{RULES_FILE}",
        max_turns=context.narrowed.max_turns,
        plans=task.plans,
        servers=await given_servers(context),
        browser=browser,
    )


async def start_agent(context: JobContext, sandbox: Sandbox, task: AgentTask, spec: AgentSpec) -> None:
    """Start the run, or leave it alone when it was started before."""
    if await run.was_started(sandbox, task.run_id):
        return
    services, settings = context.services, context.services.settings
    environment, given = await access_of_the_agent(context)
    seconds = seconds_for_the_agent(
        time.time(),
        job_minutes=context.narrowed.job_minutes,
        deadline=context.job.deadline,
        sandbox_ends_at=context.found(SandboxOpened).ends_at,
    )
    # Before it starts: whoever finds it running after a crash has to know when it must end.
    await services.jobs.update(context.job.id, deadline=time.time() + seconds)
    await must_be_ours()
    await run.begin(
        sandbox,
        task.run_id,
        RunSpec(
            argv=command_line(spec),
            cwd=sandbox.paths.workspace,
            messages=[user_message(task.text)],
            env={
                **ENVIRONMENT,
                **environment,
                "CLAUDE_CONFIG_DIR": config_folder(sandbox),
            },
            wall_seconds=seconds,
            silence_seconds=settings.silence_minutes * 60,
            grace_seconds=GRACE_SECONDS,
            max_output_bytes=MAX_WRITTEN_BYTES,
        ),
        given,
    )


def seconds_for_the_agent(now: float, *, job_minutes: float, deadline: float | None, sandbox_ends_at: float) -> float:
    """How long the agent may work: the job's time, which another sandbox doesn't lengthen, and no longer than until half an
    hour before its sandbox ends. Times are in seconds since the epoch; `deadline` is that of an agent before this one."""
    ends = [now + job_minutes * 60, sandbox_ends_at - SANDBOX_END_SECONDS]
    if deadline is not None:
        ends.append(deadline)
    return max(min(ends) - now, min(LEAST_SECONDS, job_minutes * 60))


async def access_of_the_agent(context: JobContext) -> tuple[dict[str, str], dict[str, Secret]]:
    """Environment and secrets by which the CLI reaches the model and its tools.

    By the gateway: a token that is good for this job alone. The model directly, as HARVEST_MODEL_ACCESS=direct says, which is
    weaker: then the token is for tools, and the gateway to the model takes none.
    """
    services, settings = context.services, context.services.settings
    if not services.have_tools:
        return model_directly(settings)
    token = Secret(f"harvest-job-{secrets.token_urlsafe(32)}")
    await services.budgets.hold(context.job.id, context.session.id, context.accounts)
    await grant(services, context.job.id, token, context.narrowed.models)
    if settings.model_access == "direct":
        environment, given = model_directly(settings)
        return environment, {**given, TOOLS_TOKEN: token}
    environment = {"ANTHROPIC_BASE_URL": f"{services.service_url}{GATEWAY_PATH}"}
    return environment, {"ANTHROPIC_API_KEY": token, TOOLS_TOKEN: token}


def model_directly(settings: Settings) -> tuple[dict[str, str], dict[str, Secret]]:
    """A word in the place of the key, which Modal replaces outside of the sandbox, or the operator's own key, which the agent
    can read."""
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


async def grant(services: Services, job_id: str, token: Secret, models: Sequence[str] | None) -> None:
    """Let the gateway know this job's token, by its hash alone, and the models that it keeps to, None for all that are
    allowed."""
    await services.jobs.update(
        job_id,
        gateway_token_sha256=hashlib.sha256(token.reveal().encode()).hexdigest(),
        models=None if models is None else list(models),
    )


async def revoke(services: Services, job_id: str) -> None:
    """From now on the gateway knows no token of this job: no agent of it is to work any more."""
    await services.jobs.update(job_id, gateway_token_sha256=None)
