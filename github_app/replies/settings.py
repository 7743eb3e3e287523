"""How the answer to `settings` reads: what holds, a line each, and where it can be changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.ask import Repository
from github_app.replies.command_answers import settings_not_used
from github_app.replies.markdown import code_span, counted, dollars
from github_app.settings.budgets import job_limit
from github_app.settings.narrowing import Narrowed, WatchLimits
from github_app.settings.operator import Settings
from github_app.settings.repository import SETTINGS_FILE, RepositorySettings
from github_app.text.neutral import neutralise_code

MAX_SHOWN_CHARACTERS = 200


def settings_text(
    has_file: bool, problem: str, own: RepositorySettings, holds: Narrowed, operator: Settings, repository: Repository
) -> str:
    """`own` is what the repository's file says, `holds` what counts in the end; `problem` is why the file can't be used."""
    branch = shown([own.base_branch or repository.default_branch])
    rows = [
        ("a command begins with", code_span(own.command or operator.command)),
        ("the label", code_span(own.label or operator.label)),
        ("model", shown([holds.model])),
        ("models that may be asked for", shown(holds.models) if holds.models is not None else "those of this Harvest"),
        ("a request may spend", budgets(own, operator)),
        ("its agent may work for", f"{holds.job_minutes:g} minutes, {holds.max_turns} turns"),
        ("failing checks may be fixed", fixes(own)),
        ("a watch", watches(holds.watch)),
        ("work on an issue begins at", branch),
        ("pull requests are opened", "as drafts" if holds.draft else "ready for review"),
        ("plans for issues are shown", "in pull requests of their own" if own.plan == "pull-request" else "in comments"),
        ("rules for the agent", shown(own.instructions) or "none"),
        ("network", network(own, holds)),
        ("memory of earlier work", "kept" if own.memory else "not kept"),
        ("tool servers", shown(own.tools) or "none"),
        ("a browser", browser(holds)),
        ("tools write on issues", "where the operator offers that" if own.write_issues else "no"),
        ("who may ask", who_may(own)),
        ("pull requests are", people_who_look(own)),
        *[(name, shown(values)) for name, values in on_the_work(own) if values],
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    where = f"{code_span(SETTINGS_FILE)} on {shown([repository.default_branch])}"
    notes = [settings_not_used(problem)] if problem else [f"> {note}" for note in holds.wider]
    told = (
        f"Set in {where}; the rest is as the operator has it."
        if has_file
        else f"There is no {where}: all of it is as the operator has it."
    )
    return "\n\n".join([f"| | |\n| --- | --- |\n{table}", *notes, told])


def budgets(own: RepositorySettings, operator: Settings) -> str:
    """What one job may spend, and in which wider budgets."""
    _, most = job_limit(operator, own)
    wider = [
        ("a session", own.budgets.session, operator.budget_session_usd),
        ("a month here", own.budgets.repository, operator.budget_repository_usd),
        ("a day here", own.budgets.day, None),
        ("a person's day here", own.budgets.person, None),
        ("a person's day", None, operator.budget_person_usd),
        ("everybody's day", None, operator.budget_day_usd),
    ]
    limits = [(name, min(one for one in both if one is not None)) for name, *both in wider if any(both)]
    return "; ".join([dollars(most), *(f"{name} {dollars(limit)}" for name, limit in limits)])


def fixes(own: RepositorySettings) -> str:
    if not own.fix_ci.allow:
        return "no"
    return f"yes, but for {shown(own.fix_ci.ignore)}" if own.fix_ci.ignore else "yes"


def watches(limits: WatchLimits) -> str:
    if not limits.allowed:
        return "is not allowed"
    return (
        f"may spend {dollars(limits.budget_usd)}, starts at most {counted(limits.tries, 'job')} for one commit, and begins "
        f"{limits.settle_seconds:g} s after the last thing that happened"
    )


def who_may(own: RepositorySettings) -> str:
    """By role, and by name where the repository says so."""
    roles = {verb: getattr(own.roles, verb) for verb in own.roles.__struct_fields__}
    who = "everybody who may write to this repository"
    if set(roles.values()) != {"write"}:
        who = ", ".join(f"{verb}: {code_span(role)}" for verb, role in roles.items())
    return who if own.people is None else f"{who}; of these {shown(own.people)}"


def people_who_look(own: RepositorySettings) -> str:
    assigned = "who asked" if own.assignees is None else shown(own.assignees) or "nobody"
    reviewing = f", reviewed by {shown(own.reviewers)}" if own.reviewers else ""
    return f"assigned to {assigned}{reviewing}"


def on_the_work(own: RepositorySettings) -> Sequence[tuple[str, Sequence[str]]]:
    workflows = ("--allow-workflows",) if own.allow_workflows else ()
    spawning = [("agents start work in", own.spawn.into), ("agents start work here from", own.spawn.accept)]
    listed = [("protected paths", own.protected_paths), ("set-up", own.setup), ("tests", own.test), *spawning]
    return [*listed, ("workflow files", workflows)]


def browser(holds: Narrowed) -> str:
    if not holds.browser:
        return "no"
    return "yes, and its pictures are shown in pull requests" if holds.screenshots else "yes"


def network(own: RepositorySettings, holds: Narrowed) -> str:
    match holds.egress.kind:
        case "open":
            return "open"
        case "none":
            return "closed, but for GitHub and the model"
        case _:
            more = f", and {shown(own.egress.allow)}" if own.egress.allow else ""
            return f"what is on the operator's list{more}"


def shown(values: Sequence[str]) -> str:
    return ", ".join(code_span(neutralise_code(value, max_length=MAX_SHOWN_CHARACTERS)) for value in values)
