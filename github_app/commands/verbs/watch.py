"""watch: the pull request is kept mergeable until it is merged. `off` ends that, and `list` says what is watched."""

from __future__ import annotations

import re
from typing import Any

from github_app.commands.fixing import checks_of
from github_app.commands.job_options import DOLLARS, MODEL
from github_app.commands.moments import moment
from github_app.commands.option import Option
from github_app.commands.option_limits import why_not_model
from github_app.commands.stopping import watched_there
from github_app.commands.verb import ON_PULLS, Call, Form, Verb
from github_app.domain.ask import dollars_in
from github_app.domain.watching import Why
from github_app.github.failures import Refused
from github_app.github.pull_state import PullState, read_pull
from github_app.replies import command_answers, refusals
from github_app.replies import watching as texts
from github_app.settings.narrowing import WatchLimits, narrow
from github_app.settings.repository import RepositorySettings
from state.columns import to_microdollars
from state.watches import MOST_IN_A_REPOSITORY, NewWatch, TooManyWatches, Watch

OFF = "off"
LIST = "list"

UNTIL = Option(
    "until",
    "watches until then: `merged`, or `green` for until it can be merged",
    takes="WHEN",
    value=re.compile("merged|green"),
    example="green",
)
WATCH_BUDGET = Option(
    "budget",
    "spends no more than this on the model, with all that the watch starts",
    takes="DOLLARS",
    value=DOLLARS,
    example="5",
)
ALL = Option("all", "ends every watch in this repository: `watch off --all`")


async def watch(call: Call) -> str:
    match call.ask.command.text:
        case "off":
            return await switch_off(call)
        case "list":
            return await answer_with_the_list(call)
        case _:
            return await begin(call)


async def begin(call: Call) -> str:
    """Begin it; where there is one, say how that stands, with what was said now."""
    services, target, options = call.services, call.ask.target, call.ask.command.options
    if ALL.name in options:
        await call.say(texts.all_is_for_off(call.word))
        return "refused: --all without off"
    own = (await call.settings_on(target.repository.default_branch)).settings or RepositorySettings()
    limits = narrow(services.settings, services.egress, own).watch
    thread = await call.thread()
    pull = await read_pull(services.github, thread.token, thread.repository, target.thread, job_id=call.job_id)
    if pull.is_locked:
        return "not watched: the conversation is locked"
    if why := await why_not(call, pull, own, limits):
        await call.say(why)
        return "refused: the pull request can't be watched"
    if (there := await services.watches.of_pull(target.repository.id, target.thread)) is not None:
        return await say_how_it_stands(call, there, changes_in(options))
    asked = {"until": "merged", "budget_microdollars": to_microdollars(limits.budget_usd), "model": None}
    try:
        watch, is_new = await services.watches.begin(
            NewWatch(
                id=call.job_id,
                installation_id=target.installation_id,
                repository_id=target.repository.id,
                repository=target.repository.full_name,
                pull_number=target.thread,
                actor_id=call.ask.actor.id,
                actor_login=call.ask.actor.login,
                actor_type=call.ask.actor.type,
                inline=call.ask.origin.inline,
                created_at=moment(call.ask.origin.at).timestamp(),
                settle_seconds=limits.settle_seconds,
                branch=pull.branch,
                base_branch=pull.base_branch,
                head_sha=pull.head_sha,
                **{**asked, **changes_in(options)},
            )
        )
    except TooManyWatches:
        await call.say(texts.too_many(MOST_IN_A_REPOSITORY, call.word))
        return "refused: too many are watched"
    if not is_new:
        return await say_how_it_stands(call, watch, {})
    await call.say(texts.begun(watch, call.word, tries=limits.tries, fixes_checks=own.fix_ci.allow))
    return "watched from now on"


async def why_not(call: Call, pull: PullState, own: RepositorySettings, limits: WatchLimits) -> str:
    """Why it can't be watched, as a sentence; empty when it can."""
    options = call.ask.command.options
    if not limits.allowed:
        return refusals.not_allowed_here("watch.allow" if call.services.settings.watch else "HARVEST_WATCH")
    if not pull.is_open:
        return refusals.closed_pull_request()
    if pull.from_fork:
        return refusals.fork_pull_request(call.word, "watch")
    if "budget" in options and dollars_in(options["budget"]) > limits.budget_usd:
        return texts.over_the_budget(options["budget"].removeprefix("$"), limits.budget_set_by, limits.budget_usd)
    if why := why_not_model(options, own.models):
        return why
    try:
        await checks_of(call, pull.head_sha, own.fix_ci)
    except Refused as problem:
        return command_answers.checks_not_read(problem.reason)
    return ""


def changes_in(options: dict[str, str]) -> dict[str, Any]:
    """What the options say of a watch."""
    said: dict[str, Any] = {name: options[name] for name in ("until", "model") if name in options}
    if "budget" in options:
        said["budget_microdollars"] = to_microdollars(dollars_in(options["budget"]))
    return said


async def say_how_it_stands(call: Call, watch: Watch, changes: dict[str, Any]) -> str:
    watches = call.services.watches
    if changes:
        await watches.change(watch.id, changes)
        watch = await watches.get(watch.id)
    await call.say(texts.standing(watch, await watches.tries(watch.id), call.word))
    return "answered how the watch stands"


async def switch_off(call: Call) -> str:
    """Here, or all of the repository. Each is told of in its own place, which is answer enough for who said it there."""
    everywhere = ALL.name in call.ask.command.options
    off = await watched_there(call, everywhere=everywhere)
    if not off:
        await call.say(texts.nothing_watched() if everywhere else texts.not_watched(call.word))
        return "nothing is watched"
    if [(one.pull_number, one.inline) for one in off] == [(call.ask.target.thread, call.ask.origin.inline)]:
        await call.react("+1")
    else:
        await call.say(texts.switched_off(sorted(one.pull_number for one in off)))
    await call.services.watches.end([one.id for one in off], Why.OFF, by=call.ask.actor.login)
    return f"{len(off)} watch(es) ended"


async def answer_with_the_list(call: Call) -> str:
    watches = call.services.watches
    found = await watches.of_repository(call.ask.target.repository.id)
    await call.say(texts.table([(one, await watches.tries(one.id)) for one in found], call.word))
    return "answered with what is watched"


VERB = Verb(
    name="watch",
    forms=(
        Form(
            "watch",
            "keeps this pull request mergeable: works on failing checks, conflicts and open review threads as they come",
            ON_PULLS,
        ),
        Form(f"watch {OFF}", "stops watching it", permission="stop"),
        Form(f"watch {LIST}", "lists the pull requests that are watched here", permission="ask"),
    ),
    carry_out=watch,
    options=(UNTIL, WATCH_BUDGET, MODEL, ALL),
)
