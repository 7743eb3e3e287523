"""Logs and artifacts, at links that need no token and work for a minute, as GitHub's storage has them.

"Gets a redirect URL … This URL expires after 1 minute."
https://docs.github.com/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
"""

from __future__ import annotations

import io
import secrets
import time
import zipfile
from dataclasses import dataclass

from emulators.github.model.actions import Job, WorkflowRun

LINK_SECONDS = 60.0


@dataclass(frozen=True)
class Download:
    content: bytes
    media_type: str
    name: str
    until: float


class Downloads:
    def __init__(self) -> None:
        self._offered: dict[str, Download] = {}

    def offer(self, content: bytes, media_type: str, name: str) -> str:
        """The path, below the root, at which it can be fetched for a minute."""
        moment = time.monotonic()
        self._offered = {key: one for key, one in self._offered.items() if one.until > moment}
        key = secrets.token_urlsafe(24)
        self._offered[key] = Download(content, media_type, name, moment + LINK_SECONDS)
        return f"/_actions/downloads/{key}"

    def take(self, key: str) -> Download | None:
        found = self._offered.get(key)
        return found if found and found.until > time.monotonic() else None


def job_log(job: Job) -> bytes:
    return "".join(step.log for step in job.steps).encode()


def run_logs(run: WorkflowRun, attempt: int) -> bytes:
    """A zip: each job's log at the top, and each step's in a folder of the job's name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, job in enumerate(run.attempts.get(attempt, ())):
            archive.writestr(f"{number}_{_file_name(job.name)}.txt", job_log(job))
            for step in job.steps:
                if step.log:
                    archive.writestr(f"{_file_name(job.name)}/{step.number}_{_file_name(step.name)}.txt", step.log)
    return content.getvalue()


def _file_name(name: str) -> str:
    return name.replace("/", "").replace("\\", "")[:90].strip() or "step"
