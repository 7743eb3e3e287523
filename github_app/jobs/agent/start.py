"""Starting the agent: how it is called, and what it is told.

The CLI takes half a second to be there, so a job starts it while its workspace is made ready; it waits until it is told.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from github_app.domain.ending import JobOver
from github_app.jobs.agent.access import access_of_the_agent
from github_app.jobs.agent.browser import look_for_browser
from github_app.jobs.agent.limits import GRACE_SECONDS, MAX_WRITTEN_BYTES
from github_app.jobs.agent.prompt import RULES_FILE
from github_app.jobs.agent.task import AgentRun, AgentTask
from github_app.jobs.agent.tools import give_tools, given_servers
from github_app.jobs.context import JobContext
from github_app.jobs.results import SandboxOpened
from github_app.jobs.stopping import asked_to_stop
from sandbox import run_start
from sandbox.agent import ENVIRONMENT, SERVERS, AgentSpec, command_line, rules_message, user_message
from sandbox.browser import Browser
from sandbox.conversation import config_folder
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.run_start import RunSpec
from state.holding import must_be_ours

# The sandbox's own time limit is met this much early: what the agent did is collected, or kept in a snapshot.
SANDBOX_END_SECONDS = 30 * 60.0

# An agent that starts late still gets time to say where it stands.
LEAST_SECONDS = 60.0

# How long an agent that waited for the job may still take to connect to its servers, once all else is ready. The CLI gives a
# server that is silent up after 30 s, and answers then.
SERVERS_SECONDS = 60.0

# Of Harvest's own making, with what a repository's instructions say.
MAX_RULES_BYTES = 8 * 1024**2


async def agent_spec(context: JobContext, sandbox: Sandbox, agent: AgentRun, browser: Browser | None) -> AgentSpec:
    """What is asked of the CLI."""
    await give_tools(context)
    return replace(spec_without_servers(context, sandbox, agent, browser), servers=await given_servers(context))


def spec_without_servers(context: JobContext, sandbox: Sandbox, agent: AgentRun, browser: Browser | None) -> AgentSpec:
    """The same but for the job's servers of tools, which have to be looked at."""
    return AgentSpec(
        cli="claude",
        model=agent.model,
        session_id=agent.conversation or context.session.agent_session_id,
        resume=agent.resume,
        isolated=sandbox.isolated,
        max_turns=context.narrowed.max_turns,
        plans=agent.plans,
        browser=browser,
    )


async def start_agent(context: JobContext, sandbox: Sandbox, task: AgentTask, spec: AgentSpec) -> None:
    """Have the agent told what to do, and started unless it waits for that; or leave it alone when it was told before. Raises
    JobOver when somebody has asked meanwhile for the job to stop."""
    standing = await run_start.standing(sandbox, task.run.id)
    if standing == "told":
        return
    if task.run.waited_for_the_job:
        await must_have_its_servers(sandbox, task.run)
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
        await run_start.tell(sandbox, task.run.id, wanted)
    else:
        await run_start.begin(sandbox, task.run.id, wanted, given)


async def must_have_its_servers(sandbox: Sandbox, agent: AgentRun) -> None:
    """Wait until one that has waited for the job has tried to connect to each. Raises SandboxGone for one that does not say
    so: it has ended since it was started, or its CLI can't, and the job goes on in another sandbox."""
    try:
        has_them = await run_start.has_done(sandbox, agent.id, SERVERS, SERVERS_SECONDS)
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as problem:
        raise SandboxGone(f"the agent that waited in {sandbox.id} can't be heard ({problem})") from problem
    if not has_them:
        raise SandboxGone(f"the agent that waited in {sandbox.id} has connected to no servers of tools")


async def start_to_wait(context: JobContext, sandbox: Sandbox, agent: AgentRun, may_start: asyncio.Event) -> None:
    """Start an agent that is to be told later what to do, unless that was done before."""
    if context.first_try or await run_start.standing(sandbox, agent.id) == "new":
        looked = await look_for_browser(context, sandbox, agent)
        spec = await agent_spec(context, sandbox, agent, looked.browser)
        environment, given = await access_of_the_agent(context)
        await must_be_ours()
        await run_start.begin(sandbox, agent.id, run_spec(context, sandbox, spec, environment), given, told=False)
    await may_start.wait()
    await run_start.let_start(sandbox, agent.id)


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
