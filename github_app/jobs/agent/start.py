"""Starting the agent: how it is called, what it is given to reach the model with, and what it is told.

The CLI takes half a second to be there, so a job starts it while its workspace is made ready; it waits until it is told.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

from github_app.domain.ending import JobOver
from github_app.jobs.agent.browser import look_for_browser
from github_app.jobs.agent.limits import GRACE_SECONDS, MAX_WRITTEN_BYTES
from github_app.jobs.agent.prompt import RULES_FILE
from github_app.jobs.agent.task import AgentRun, AgentTask
from github_app.jobs.agent.tools import give_tools, given_servers
from github_app.jobs.context import JobContext
from github_app.jobs.results import SandboxOpened
from github_app.jobs.services import Services
from github_app.jobs.stopping import asked_to_stop
from github_app.settings.egress import GATEWAY_PATH
from github_app.settings.operator import Settings
from sandbox import run
from sandbox.agent import ENVIRONMENT, TOOLS_TOKEN, AgentSpec, command_line, rules_message, user_message
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

# Of Harvest's own making, with what a repository's instructions say.
MAX_RULES_BYTES = 8 * 1024**2

# Without any key the CLI would not ask at all.
KEY_AT_MODAL = "held-by-modal"


async def agent_spec(context: JobContext, sandbox: Sandbox, agent: AgentRun, browser: Browser | None) -> AgentSpec:
    """What is asked of the CLI."""
    await give_tools(context)
    return AgentSpec(
        cli="claude",
        model=agent.model,
        session_id=agent.conversation or context.session.agent_session_id,
        resume=agent.resume,
        isolated=sandbox.isolated,
        max_turns=context.narrowed.max_turns,
        plans=agent.plans,
        servers=await given_servers(context),
        browser=browser,
    )


async def start_agent(context: JobContext, sandbox: Sandbox, task: AgentTask, spec: AgentSpec) -> None:
    """Have the agent told what to do, and started unless it waits for that; or leave it alone when it was told before. Raises
    JobOver when somebody has asked meanwhile for the job to stop."""
    standing = await run.standing(sandbox, task.run.id)
    if standing == "told":
        return
    if (ending := asked_to_stop(await context.services.jobs.get(context.job.id))) is not None:
        raise JobOver.of(ending)
    seconds = seconds_for_the_agent(
        time.time(),
        job_minutes=context.narrowed.job_minutes,
        deadline=context.job.deadline,
        sandbox_ends_at=context.found(SandboxOpened).ends_at,
    )
    # Before it begins: whoever finds it at work after a crash has to know when it must end.
    await context.services.jobs.update(context.job.id, deadline=time.time() + seconds)
    rules = await sandbox.read_file(f"{sandbox.paths.control}/{RULES_FILE}", max_bytes=MAX_RULES_BYTES)
    environment, given = ({}, {}) if standing == "waits" else await access_of_the_agent(context)
    wanted = replace(
        run_spec(context, sandbox, spec, environment),
        set_up=[rules_message(rules.decode())],
        messages=[user_message(task.text)],
        wall_seconds=seconds,
    )
    await must_be_ours()
    if standing == "waits":
        await run.tell(sandbox, task.run.id, wanted)
    else:
        await run.begin(sandbox, task.run.id, wanted, given)


async def start_to_wait(context: JobContext, sandbox: Sandbox, agent: AgentRun, may_start: asyncio.Event) -> None:
    """Start an agent that is to be told later what to do, unless that was done before."""
    if context.first_try or await run.standing(sandbox, agent.id) == "new":
        looked = await look_for_browser(context, sandbox, agent)
        spec = await agent_spec(context, sandbox, agent, looked.browser)
        environment, given = await access_of_the_agent(context)
        await must_be_ours()
        await run.begin(sandbox, agent.id, run_spec(context, sandbox, spec, environment), given, told=False)
    await may_start.wait()
    await run.let_start(sandbox, agent.id)


def run_spec(context: JobContext, sandbox: Sandbox, spec: AgentSpec, environment: dict[str, str]) -> RunSpec:
    """The run without what it is told."""
    return RunSpec(
        argv=command_line(spec),
        cwd=sandbox.paths.workspace,
        env={**ENVIRONMENT, **environment, "CLAUDE_CONFIG_DIR": config_folder(sandbox)},
        silence_seconds=context.services.settings.silence_minutes * 60,
        grace_seconds=GRACE_SECONDS,
        max_output_bytes=MAX_WRITTEN_BYTES,
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
