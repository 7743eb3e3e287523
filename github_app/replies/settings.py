"""How the answer to `settings` reads: what holds, a line each, and where it can be changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.ask import Repository
from github_app.replies.markdown import code_span, dollars
from github_app.replies.wording import settings_not_used
from github_app.settings.narrowing import Narrowed
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
        ("a command begins with", code_span(operator.command)),
        ("the label", code_span(operator.label)),
        ("model", shown([holds.model])),
        ("models that may be asked for", shown(holds.models) if holds.models is not None else "those of this Harvest"),
        ("a request may spend", dollars(operator.budget_usd)),
        ("its agent may work for", f"{holds.job_minutes:g} minutes, {holds.max_turns} turns"),
        ("work on an issue begins at", branch),
        ("pull requests are opened", "as drafts" if holds.draft else "ready for review"),
        ("rules for the agent", shown(own.instructions) or "none"),
        ("network", network(own, holds)),
        ("who may ask", "everybody who may write to this repository"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    where = f"{code_span(SETTINGS_FILE)} on {shown([repository.default_branch])}"
    notes = [settings_not_used(problem)] if problem else [f"> {note}" for note in holds.wider]
    told = (
        f"Set in {where}; the rest is as the operator has it." if has_file else f"There is no {where}: this is the operator's."
    )
    return "\n\n".join([f"| | |\n| --- | --- |\n{table}", *notes, told])


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
