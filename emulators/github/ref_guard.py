"""Whether somebody may move a ref as they want to: what git knows of the change, held against what the branch demands."""

from __future__ import annotations

from emulators.github.errors import Refused, unprocessable
from emulators.github.git_repository import ABSENT
from emulators.github.model.repositories import Repository
from emulators.github.rules.demands import Who, demands_on
from emulators.github.rules.pushes import Broken, RefChange, broken_by, words_of_api
from emulators.github.rules.results import results_on
from emulators.github.tokens import Actor, InstallationToken, Person


def who_is(actor: Actor) -> Who | None:
    match actor:
        case Person(account):
            return Who(account)
        case InstallationToken():
            app = actor.installation.app
            return Who(actor.account, app.id, app.slug)
        case _:
            return None


async def broken_rules(repo: Repository, actor: Actor, ref: str, before: str, after: str) -> list[Broken]:
    """What moving the ref would break; its commits must be in the repository already."""
    demands = demands_on(repo, ref, who_is(actor))
    if not demands:
        return []
    forced = merges = 0
    if ABSENT not in (before, after):
        forced = not await repo.git.is_ancestor(before, after)
    if after != ABSENT:
        others = [f"^{before}"] if before != ABSENT else [f"^{sha}" for sha in (await repo.git.refs("refs/heads/")).values()]
        merges = await repo.git.count("--merges", after, *others)
    change = RefChange(ref, before == ABSENT, after == ABSENT, bool(forced), merges, results_on(repo, after))
    return broken_by(demands, change)


async def require_rules(repo: Repository, actor: Actor, ref: str, before: str, after: str) -> None:
    """For a change by the API. Raises Refused 422."""
    if repo.rules.any and (broken := await broken_rules(repo, actor, ref, before, after)):
        raise unprocessable(words_of_api(broken))


async def require_rules_of_files(repo: Repository, actor: Actor, ref: str, before: str, after: str) -> None:
    """For a file that is written by the API. Raises Refused 409."""
    if repo.rules.any and (broken := await broken_rules(repo, actor, ref, before, after)):
        raise Refused(409, words_of_api(broken))
