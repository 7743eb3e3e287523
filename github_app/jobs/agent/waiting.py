"""An agent that was started when its session's last job was over, and has waited for this one since.

It was started as this job would start it, or the job takes another. It lacks what only a job gives: its token is good for
nothing until then, and it knows no servers of tools.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import msgspec

from github_app.jobs.agent.access import by_the_gateway, give_access
from github_app.jobs.agent.browser import look_for_browser
from github_app.jobs.agent.start import agent_spec, run_spec, spec_without_servers
from github_app.jobs.agent.task import AgentRun
from github_app.jobs.context import JobContext
from github_app.jobs.results import WaitingAgent
from sandbox import run_start
from sandbox.agent import SERVERS, servers_message
from sandbox.packed_supervisor import packed_supervisor
from sandbox.protocol import Sandbox, SandboxSpec
from sandbox.run_start import RunSpec
from sandbox.secret import Secret
from state.holding import must_be_ours


async def run_that_waits(context: JobContext, sandbox: Sandbox, token: Secret) -> tuple[RunSpec, dict[str, Secret]]:
    """The run as the job would have it wait, of an agent that goes on with the session's conversation and may do as it likes;
    and what it is given."""
    agent = AgentRun("", context.model, resume=True)
    browser = (await look_for_browser(context, sandbox, agent)).browser
    if sandbox.isolated:
        asked = spec_without_servers(context, sandbox, agent, browser)
    else:  # there the command line names each tool that it may use, those of the job's servers too
        asked = await agent_spec(context, sandbox, agent, browser)
    environment, given = by_the_gateway(context.services, token)
    return run_spec(context, sandbox, replace(asked, servers_later=True), environment), given


def begun_as(context: JobContext, spec: SandboxSpec, waits: RunSpec) -> str:
    """A digest of how a sandbox made from `spec` begins, with a clone of what, and of the run that waits in it: where two are
    the same, one is as good as the other."""
    supervisor = hashlib.sha256(packed_supervisor()).hexdigest()
    begins = [spec.snapshot_id, spec.image_id, spec.egress, context.remote_url, waits, supervisor]
    return hashlib.sha256(msgspec.json.encode(begins, order="deterministic")).hexdigest()


async def put_to_work(context: JobContext, sandbox: Sandbox, agent: AgentRun, waiting: WaitingAgent) -> None:
    """Make it the job's: its token counts from now on, and it connects to the job's servers. Repeating it changes nothing."""
    asked = await agent_spec(context, sandbox, agent, (await look_for_browser(context, sandbox, agent)).browser)
    await must_be_ours()
    await give_access(context, waiting.token_sha256)
    await run_start.set_up(sandbox, agent.id, servers_message(asked), SERVERS)
