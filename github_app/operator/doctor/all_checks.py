"""All checks, in the order in which an installer meets the parts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from github_app.operator.doctor.artifacts import artifacts_findings
from github_app.operator.doctor.database import database_finding
from github_app.operator.doctor.finding import Finding
from github_app.operator.doctor.github import github_findings
from github_app.operator.doctor.local_sandbox import local_findings
from github_app.operator.doctor.modal_sandbox import modal_findings
from github_app.operator.doctor.model import model_finding
from github_app.operator.doctor.nodes import nodes_findings
from github_app.operator.doctor.programs import git_finding
from github_app.operator.doctor.reviewer import reviewer_finding
from github_app.operator.doctor.strangers import strangers_findings
from github_app.operator.doctor.tools import tools_findings
from github_app.settings.operator import Settings


async def check_up(settings: Settings) -> list[Finding]:
    """Everything that was found."""
    found = [*settings_findings(settings), *await github_findings(settings)]
    found += [await git_finding(), await database_finding(settings), *await nodes_findings(settings)]
    found += [*await strangers_findings(settings), *await artifacts_findings(settings)]
    if settings.sandbox == "local":
        # To try how sandboxes are isolated takes a folder, and what is looked at is left as it is.
        with TemporaryDirectory(prefix="harvest-doctor-") as folder:
            found += await local_findings(settings.model_copy(update={"state_dir": Path(folder)}))
    else:
        found += await modal_findings(settings)
    # Other people's servers, any of which may keep one waiting.
    model, reviewer, tools = await asyncio.gather(
        model_finding(settings), reviewer_finding(settings), tools_findings(settings)
    )
    return [*found, model, reviewer, *tools]


def settings_findings(settings: Settings) -> list[Finding]:
    missing = settings.missing_to_serve()
    if not missing:
        return [Finding("settings", "ok", "all that the service needs is set")]
    return [Finding("settings", "missing", line.partition(":")[0], line.partition(": ")[2] or line) for line in missing]
