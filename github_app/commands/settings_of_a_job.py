"""What a repository has set for itself when a job is asked for: the job goes by that to its end, whatever changes meanwhile.

What limits a job counts as it is on the default branch, all else as it is on the branch that the work starts from or that the
pull request goes to. Where that is a branch of another session, which an agent writes, the default branch counts for all.
"""

from __future__ import annotations

from dataclasses import dataclass

from github_app.commands.verb import Call
from github_app.domain.ask import Ask
from github_app.replies import refusals
from github_app.settings.narrowing import narrow
from github_app.settings.repository import RepositorySettings, with_limits_of
from state.sessions import Session


@dataclass(frozen=True)
class NotAsSet:
    """No job can be done as the repository wants it; a sentence for the thread says why."""

    sentence: str


async def settings_of_a_job(call: Call, ask: Ask, session: Session) -> RepositorySettings | NotAsSet | None:
    """None for a repository without settings of its own. Raises GitHubProblem when GitHub can't be asked."""
    default_branch = ask.target.repository.default_branch
    default = await call.settings_on(default_branch)
    if default.problem:
        return NotAsSet(refusals.settings_unusable(default.problem, default_branch))
    branch = await base_branch(call, ask, session, default.settings)
    base = await call.settings_on(branch)
    if base.problem:
        return NotAsSet(refusals.settings_unusable(base.problem, branch))
    if default.settings is None and base.settings is None:
        return None
    settings = with_limits_of(base.settings or RepositorySettings(), default.settings or RepositorySettings())
    egress = narrow(call.services.settings, call.services.egress, settings).egress
    if settings.egress.kind is not None and not egress.can_be_kept():
        return NotAsSet(refusals.limit_not_kept(egress.kind))
    return settings


async def base_branch(call: Call, ask: Ask, session: Session, default: RepositorySettings | None) -> str:
    """The branch whose settings count beside those of the default branch."""
    pull, repository = ask.target.pull, ask.target.repository
    if pull is not None:
        base = pull.base_branch
    else:
        set_ = default.base_branch if default is not None else None
        base = session.base_branch or ask.command.options.get("base") or set_ or repository.default_branch
    return repository.default_branch if await call.services.sessions.work_on(repository.id, base) else base
