"""The runner, on recipes whose steps are made for it: whatever goes wrong, a job comes to an end, and does nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from github_app.domain.ending import Ending, JobOver
from github_app.jobs.context import JobContext
from github_app.jobs.recipe import Step
from github_app.jobs.results import (
    Acknowledged,
    CommitsCollected,
    CommitsPushed,
    PromptComposed,
    PullRequestShown,
    Reported,
    SandboxOpened,
    SandboxReleased,
    StepResult,
)
from github_app.jobs.runner import give_up
from github_app.jobs.services import Services
from github_app.maintenance.leftovers import give_up_stranded_jobs
from sandbox.protocol import SandboxGone
from state.jobs import JobGivenUp
from tests.jobs.conftest import OpenHarvest, add_job, carried_out

Recipe = Callable[..., None]
Told = list[str]

COLLECTED = CommitsCollected(collected_at=1)
COMPOSED = PromptComposed(text="", resume=False, model="")


def does(step: str, gives: StepResult, told: Told) -> Step:
    """A step that tells that it was taken, and gives this."""

    async def run(context: JobContext) -> StepResult:
        told.append(step)
        return gives

    return Step(step, run)


def fails(step: str, problem: Exception, told: Told) -> Step:
    """A step that tells that it was taken, and never goes through."""

    async def run(context: JobContext) -> StepResult:
        told.append(step)
        raise problem

    return Step(step, run)


def report(told: Told) -> Step:
    return does("report", Reported(), told)


def release(told: Told) -> Step:
    return does("release_sandbox", SandboxReleased(snapshot=None), told)


async def ending_of(services: Services) -> Ending | None:
    return (await JobContext.load(services, "job")).ending


async def test_a_job_goes_on_behind_a_step_whose_end_the_engine_did_not_come_to_know(
    harvest: OpenHarvest, recipe: Recipe
) -> None:
    told: Told = []
    recipe(
        does("collect", COLLECTED, told),
        opening=(fails("acknowledge", AssertionError(), told),),
        closing=(report(told),),
    )
    async with harvest() as services:
        await add_job(services)
        await services.job_steps.finish("job", "acknowledge", result={})
        await carried_out(services)
        assert told == ["collect", "report"]
        assert await ending_of(services) is None


async def test_a_step_that_had_ended_the_job_before_a_crash_ends_it_after_it(harvest: OpenHarvest, recipe: Recipe) -> None:
    told: Told = []
    recipe(does("collect", COLLECTED, told), closing=(report(told),))
    refused = Ending("refused", "It may not be published.")
    async with harvest() as services:
        await add_job(services)
        await services.job_steps.finish("job", "collect", 1, ending=msgspec.to_builtins(refused))
        await carried_out(services)
        assert told == ["report"]
        assert await ending_of(services) == refused


async def test_steps_whose_functions_have_other_names_after_a_restart_are_the_same_steps(
    harvest: OpenHarvest, recipe: Recipe
) -> None:
    told: Told = []
    in_hand = asyncio.Event()

    async def begin(context: JobContext) -> StepResult:
        told.append("acknowledge")
        return Acknowledged()

    async def put_away(context: JobContext) -> StepResult:
        in_hand.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody lets it go on")

    recipe(opening=(Step("acknowledge", begin),), closing=(Step("release_sandbox", put_away),))
    async with harvest() as services:
        await add_job(services)
        await services.engine.submit("job")
        await in_hand.wait()

    recipe(opening=(does("acknowledge", Acknowledged(), told),), closing=(release(told),))
    async with harvest() as services:
        await carried_out(services)
        assert (await services.job_steps.of_job("job"))[-1].finished_at is not None
    assert told == ["acknowledge", "release_sandbox"]


async def test_two_that_finish_the_same_step_at_once_lose_no_result(harvest: OpenHarvest, recipe: Recipe) -> None:
    async with harvest() as services:
        await add_job(services)
        finish = services.job_steps.finish
        written = await asyncio.gather(
            *(finish("job", "push", 1, result={"head_sha": str(number)}) for number in range(5)),
            *(finish("job", step, result={}) for step in ("acknowledge", "report")),
        )
        results = (await JobContext.load(services, "job")).results
    assert sorted(written[:5]) == [False, False, False, False, True]
    first = CommitsPushed(head_sha=str(written.index(True)))
    assert {type(result) for result in results} == {CommitsPushed, Acknowledged, Reported}
    assert first in results


async def test_a_stop_that_is_asked_for_between_two_steps_ends_the_job(harvest: OpenHarvest, recipe: Recipe) -> None:
    told: Told = []
    recipe(
        Step("compose_prompt", stopped_meanwhile(COMPOSED)),
        does("collect", COLLECTED, told),
        closing=(report(told),),
    )
    async with harvest() as services:
        await add_job(services)
        await carried_out(services)
        assert told == ["report"]
        assert await ending_of(services) == Ending("stopped", "mira stopped this job.")


async def test_what_was_pushed_is_shown_whoever_asks_to_stop_in_between(harvest: OpenHarvest, recipe: Recipe) -> None:
    told: Told = []
    shown = does("show_pull_request", PullRequestShown(number=1), told)
    recipe(Step("push", stopped_meanwhile(CommitsPushed(head_sha="abc"))), shown, closing=(report(told),))
    async with harvest() as services:
        await add_job(services)
        await carried_out(services)
        assert told == ["show_pull_request", "report"]
        assert await ending_of(services) is None


def stopped_meanwhile(result: StepResult) -> Callable[[JobContext], Awaitable[StepResult]]:
    async def run(context: JobContext) -> StepResult:
        await context.services.jobs.request_stop("job", by="mira", why="command")
        return result

    return run


async def test_the_third_sandbox_that_is_lost_ends_the_job(harvest: OpenHarvest, recipe: Recipe) -> None:
    told: Told = []

    async def open_sandbox(context: JobContext) -> StepResult:
        number = len(context.lost) + 1
        told.append(f"open {number}")
        return SandboxOpened(
            sandbox_id=f"harvest-{number}", started_from="base", snapshot=None, ends_at=0.0, attempts=(), notes=()
        )

    async def run_agent(context: JobContext) -> StepResult:
        raise SandboxGone(f"{context.sandbox_id} ran out of memory")

    recipe(Step("open_sandbox", open_sandbox), Step("run_agent", run_agent), closing=(report(told), release(told)))
    async with harvest() as services:
        await add_job(services)
        await carried_out(services)
        context = await JobContext.load(services, "job")
    assert told == ["open 1", "open 2", "open 3", "report", "release_sandbox"]
    assert [lost.sandbox_id for lost in context.lost] == ["harvest-1", "harvest-2", "harvest-3"]
    assert context.sandbox_id is None
    assert context.ending is not None
    assert context.ending.happened == (
        "The sandbox was lost 3 times while this job ran, the last time because harvest-3 ran out of memory."
    )


async def test_a_loss_that_was_written_down_before_a_crash_counts_once(harvest: OpenHarvest, recipe: Recipe) -> None:
    told: Told = []
    recipe(does("collect", COLLECTED, told), closing=(report(told),))
    async with harvest() as services:
        await add_job(services)
        await services.job_steps.enter("job", "collect", 1)
        lost = {"sandbox_id": "harvest-1", "why": "it went", "snapshot": None, "last_position": 0}
        await services.job_steps.finish("job", "lose_sandbox", 1, result=lost)
        await carried_out(services)
        steps = [(row.step, row.sandbox) for row in await services.job_steps.of_job("job")]
    assert told == ["collect", "report"]
    assert steps == [("collect", 1), ("lose_sandbox", 1), ("collect", 2), ("report", 0)]


@pytest.mark.parametrize(
    "problem",
    [
        KeyError("a mistake of ours"),
        pytest.param(SandboxGone("it went"), marks=pytest.mark.further),
        pytest.param(JobOver(Ending("failed", "it is over")), marks=pytest.mark.further),
    ],
    ids=lambda problem: type(problem).__name__,
)
async def test_a_closing_step_that_will_not_go_through_keeps_no_other_from_it_and_the_job_ends(
    harvest: OpenHarvest, recipe: Recipe, problem: Exception
) -> None:
    told: Told = []
    recipe(does("acknowledge", Acknowledged(), told), closing=(fails("report", problem, told), release(told)))
    async with harvest() as services:
        await add_job(services)
        await carried_out(services)
        assert told == ["acknowledge", "report", "release_sandbox"]
        assert (await services.jobs.get("job")).state == "queued", "nobody was told yet"
        assert await give_up_stranded_jobs(services) == 1
        job = await services.jobs.get("job")
        assert told == ["acknowledge", "report", "release_sandbox", "report"], "it was tried once more"
        assert (job.state, job.outcome) == ("ended", "failed")
        assert await give_up_stranded_jobs(services) == 0


async def test_a_job_whose_recipe_nobody_knows_any_more_ends_with_a_sentence(
    harvest: OpenHarvest, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Told = []
    monkeypatch.setattr("github_app.jobs.all_recipes.CLOSING", (report(told), release(told)))
    async with harvest() as services:
        await add_job(services)
        await services.job_steps.finish("job", "a_step_of_another_version", 1, result={"found": 1})
        await carried_out(services)
        job = await services.jobs.get("job")
    assert told == ["report", "release_sandbox"]
    assert (job.state, job.outcome) == ("ended", "failed")
    assert job.ending is not None
    happened = "Another version of Harvest began this, and the one that runs now does not know how to go on (`try/1`)."
    assert job.ending["happened"] == happened


async def test_a_job_that_ends_the_process_time_and_again_says_in_which_step_and_what_is_kept(
    harvest: OpenHarvest, recipe: Recipe
) -> None:
    told: Told = []
    recipe(closing=(report(told), release(told)))
    async with harvest() as services:
        await services.engine.stop()  # or it gives the job its turn meanwhile
        await add_job(services)
        await services.job_steps.finish("job", "push", 1, result={"head_sha": "abc"})
        await give_up(services, "job", JobGivenUp("show_pull_request", 20))
        await give_up(services, "job", JobGivenUp("show_pull_request", 20))
        job = await services.jobs.get("job")
    assert told == ["report", "release_sandbox"]
    assert (job.state, job.outcome) == ("ended", "failed")
    assert job.ending == {
        "outcome": "failed",
        "happened": "Harvest ended 20 times while this job was in its step `show_pull_request`.",
        "kept": "The work was pushed: it is on the session's branch.",
        "advice": "Ask again. If it happens again, tell the operator: the log has it under job job.",
        "concerns": "operator",
        "agent_tells": False,
    }
