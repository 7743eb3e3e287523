"""One run of the agent: what it is told goes in, its events come out, until it has ended. A restart of Harvest attaches to it
again.

The run lives in the sandbox under its own id. Its events are kept with their offsets, so that whoever goes on reads on
behind the last one that was kept. However it ended, nothing of it runs any more when this step is over: what the next steps
find in the sandbox stays as it is.
"""

from __future__ import annotations

import time

import msgspec
import structlog

from github_app.domain.ending import Ending, JobOver
from github_app.domain.job_report import SeenCommand, title_and_summary
from github_app.domain.pull_request_template import filled_in
from github_app.jobs.agent.access import revoke
from github_app.jobs.agent.asking import question_for_people
from github_app.jobs.agent.browser import look_for_browser
from github_app.jobs.agent.ended_tests import end_tests
from github_app.jobs.agent.following import Following
from github_app.jobs.agent.limits import is_past
from github_app.jobs.agent.start import agent_spec, start_agent
from github_app.jobs.agent.task import AgentTask
from github_app.jobs.agent.tools import notes_on_tools, tools_used
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, WorkspacePrepared
from github_app.jobs.stopping import asked_to_stop
from github_app.replies import endings
from github_app.replies.question import waits_until
from github_app.replies.spawning import started
from github_app.settings.egress import not_allowed
from sandbox import run
from sandbox.agent import Ended, judge
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.run import RunExit
from state.budgets import Budget
from state.holding import must_be_ours
from state.jobs import Job

log = structlog.get_logger()

# The CLI's own account of a failure is a line or two.
MAX_LOGGED_CHARACTERS = 500

# Of the agent's last words: GitHub takes 65,536 characters in a text.
MAX_WORDS_CHARACTERS = 65_536


async def run_to_the_end(context: JobContext, task: AgentTask) -> AgentRan:
    """Raises JobOver, with what was seen all the same, when it came to no good end."""
    sandbox = await context.sandbox()
    looked = await look_for_browser(context, sandbox, task.run)
    spec = await agent_spec(context, sandbox, task.run, looked.browser)
    followed = Following(context, sandbox, task.run.id, spec)
    await start_agent(context, sandbox, task, spec)
    problem = ""
    try:
        await followed.until_the_end()
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as error:
        problem = f"{error}."
    ended = await ended_for_certain(context, followed, problem)
    if followed.progress.model:
        await context.services.sessions.update(context.session.id, agent_model=followed.progress.model)
    ran = await what_was_seen(context, followed, ended, looked.notes)
    ending = await why_it_is_over(context, followed, ended)
    if ending is None and (question := await question_for_people(context)) is not None:
        ran = msgspec.structs.replace(ran, question=question)
        ending = endings.waiting(waits_until(question, context.services.command_in(context.session.repository_id)))
    if ending is not None:
        raise JobOver.of(ending, found=ran)
    return ran


async def ended_for_certain(context: JobContext, followed: Following, problem: str) -> Ended:
    """End all that runs in the sandbox, from outside, and judge how the agent ended. `problem` is a sentence on why it could
    not be followed to its end, if so."""
    exit, stderr = None, ""
    try:
        await end_all_processes(followed.sandbox)
        await revoke(context.services, context.job.id)  # it may have been sent away
        await end_tests(context, lambda: end_all_processes(followed.sandbox))
        if followed.overdue:
            await followed.take_the_rest()
        exit = await run.outcome(followed.sandbox, followed.run_id)
        # What it had to complain about matters only where it came to no result.
        if exit is not None and not followed.results:
            stderr = await run.stderr_tail(followed.sandbox, followed.run_id)
    except SandboxUnavailable:
        raise
    except SandboxGone:
        if not (followed.overdue or followed.wrote_too_much):
            raise  # its work may go on in another sandbox; that of an agent which has to end does not
    except SandboxError as error:
        problem = f"{error}."
    return how_it_ended(followed, await context.services.jobs.get(context.job.id), context.model, exit, stderr, problem)


async def end_all_processes(sandbox: Sandbox) -> None:
    """Raises SandboxGone when they would not end otherwise than with their sandbox."""
    await must_be_ours()
    try:
        await sandbox.end_processes()
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as problem:
        log.warning("ending the whole sandbox", problem=str(problem))
        await sandbox.terminate()
        raise SandboxGone(f"its processes could not be ended otherwise ({problem})") from problem


def how_it_ended(followed: Following, job: Job, model: str, exit: RunExit | None, stderr: str, problem: str) -> Ended:
    """What Harvest itself knows comes first: the sandbox's own word of the end is one that the agent may have written."""
    if job.stop_requested:
        return judge(followed.results, model=model, reason="stopped", exit_code=None, stderr="")
    if followed.wrote_too_much:
        return judge(followed.results, model=model, reason="output_limit", exit_code=None, stderr="")
    if exit is not None:
        return judge(followed.results, model=model, reason=exit.reason, exit_code=exit.exit_code, stderr=stderr or exit.detail)
    if is_past(time.time(), job.deadline):
        return judge(followed.results, model=model, reason="time_limit", exit_code=None, stderr="")
    return Ended("failed", problem or "The agent's supervisor ended without a word of how.")


async def what_was_seen(context: JobContext, followed: Following, ended: Ended, notes: tuple[str, ...]) -> AgentRan:
    """The agent's words, and what Harvest saw of its run. `notes` are what is to be said besides."""
    usage = await context.services.usage.of_job(context.job.id)
    result = ended.result
    # The gateways' own count is what was paid; of a model that is reached directly the CLI's figure is all there is.
    cost = usage.cost_usd
    if context.services.settings.model_access == "direct" and result is not None:
        cost += result.usage.cost_usd
    said = (result.text if result is not None else followed.progress.last_words)[:MAX_WORDS_CHARACTERS]
    said, filled = filled_in(said)
    title, summary = title_and_summary(said)
    return AgentRan(
        said=said.strip(),
        title=title,
        summary=summary,
        model=followed.progress.model,
        commands=tuple(SeenCommand(ran.command[:500], ran.exit_code) for ran in followed.progress.commands),
        egress=context.narrowed.egress.kind,
        blocked_hosts=not_allowed(followed.progress.unreached, context.found(WorkspacePrepared).egress),
        cost_usd=cost,
        seconds=time.time() - (context.job.started_at or time.time()),
        turns=result.turns if result is not None else 0,
        taken=followed.taken,
        filled=filled,
        evidence=await followed.tests.evidence(),
        tools=await tools_used(context),
        notes=(*await notes_on_tools(context), *notes, *followed.notes, *await notes_on_children(context)),
        last_position=await context.services.logs.last_position(context.session.id, context.job.id),
    )


async def notes_on_children(context: JobContext) -> list[str]:
    """What its agent has had begun elsewhere."""
    children = await context.services.children.of_job(context.job.id)
    return [
        started(child.repository, child.issue) for child in children if child.issue is not None and child.job_id is not None
    ]


async def budget_spent(context: JobContext) -> Budget | None:
    budgets = await context.services.budgets.of_job(context.job.id)
    return next((budget for budget in budgets if budget.exhausted), None)


async def why_it_is_over(context: JobContext, followed: Following, ended: Ended) -> Ending | None:
    """How the job ends here; None when the agent finished its work."""
    if followed.mismatch:
        return endings.began_otherwise(followed.mismatch)
    if ended.kind == "succeeded":
        return None
    if ended.kind == "stopped" and (stopped := asked_to_stop(await context.services.jobs.get(context.job.id))) is not None:
        return stopped
    if ended.kind == "timed_out":
        return endings.out_of_time(ended.sentence)
    # The gateway has told the agent, whose word is not needed for it.
    if (spent := await budget_spent(context)) is not None:
        return endings.budget_spent(spent)
    if ended.model_failure is not None:
        failure, said = ended.model_failure, ended.result.text if ended.result is not None else ""
        log.warning("the model did not answer", cause=failure.cause, model=context.model, said=said[:MAX_LOGGED_CHARACTERS])
        return endings.agent_failed(failure.sentence, too_much=failure.too_much, advice=failure.advice)
    return endings.agent_failed(ended.sentence, too_much=ended.too_much)
