"""Carries out one job: a fresh clone in a temporary folder, each step a shell of its own, all of it with a time limit.

A step has nothing of the emulator's environment but PATH, no token, and a home that is empty. It is no sandbox: what is pushed
runs as whoever started the emulator, who must have asked for that (`--run-workflows`).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulators.github.clock import now
from emulators.github.git_process import run_git
from emulators.github.model.actions import Job, RunConclusion, Step
from emulators.github.workflows.log import MAX_LOG_BYTES, annotations_in, exit_annotation, stamped
from emulators.github.workflows.workflow_file import UPLOAD, PlannedJob, PlannedStep

MAX_ARTIFACT_BYTES = 10 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024

# Called with the name and content of an artifact.
Keep = Callable[[str, bytes], None]
Annotate = Callable[[list[Mapping[str, Any]]], None]


@dataclass(frozen=True)
class Place:
    """Where the commit is, and what GitHub's variables say about it."""

    git: Path
    sha: str
    variables: Mapping[str, str]


async def carry_out(job: Job, plan: PlannedJob, place: Place, keep: Keep, annotate: Annotate) -> RunConclusion:
    """Run the steps until one fails; the others are skipped. A job that takes too long is ended."""
    with tempfile.TemporaryDirectory(prefix="workflow-", ignore_cleanup_errors=True) as folder:
        workspace, home = Path(folder) / "workspace", Path(folder) / "home"
        home.mkdir()
        await run_git(place.git, "clone", "--quiet", "--shared", "--no-checkout", str(place.git), str(workspace))
        await run_git(workspace, "checkout", "--quiet", "--detach", place.sha)
        environment = {
            "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GITHUB_WORKSPACE": str(workspace),
            **place.variables,
            **plan.env,
        }
        conclusion: RunConclusion = "success"
        try:
            async with asyncio.timeout(plan.seconds):
                for step, planned in zip(job.steps, plan.steps, strict=True):
                    conclusion = await _step(step, planned, workspace, environment, keep, annotate, conclusion)
        except TimeoutError:
            conclusion = "timed_out"
        for step in job.steps:
            if step.status != "completed":
                step.status, step.conclusion = "completed", "cancelled" if step.started_at else "skipped"
                step.completed_at = now()
        return conclusion


async def _step(
    step: Step,
    planned: PlannedStep,
    workspace: Path,
    environment: dict[str, str],
    keep: Keep,
    annotate: Annotate,
    so_far: RunConclusion,
) -> RunConclusion:
    if so_far != "success":
        return so_far
    step.status, step.started_at = "in_progress", now()
    if planned.run is not None:
        text, code = await _shell(planned, workspace, {**environment, **planned.env})
        head = f"##[group]Run {planned.run.strip()}\nshell: bash -e\n##[endgroup]\n"
        step.log = stamped(head + text + (f"##[error]Process completed with exit code {code}.\n" if code else ""))
        annotate([*annotations_in(text), *([exit_annotation(code)] if code else [])])
    elif planned.uses == UPLOAD:
        text, code = await asyncio.to_thread(_upload, planned, workspace, keep)
        step.log = stamped(text)
    else:  # the clone is there already
        step.log, code = stamped(f"{planned.name}\n"), 0
    step.status, step.completed_at = "completed", now()
    step.conclusion = "failure" if code else "success"
    return step.conclusion


async def _shell(planned: PlannedStep, workspace: Path, environment: dict[str, str]) -> tuple[str, int]:
    """What a command printed, its errors among it, and its exit code. All that it started is ended with it."""
    process = await asyncio.create_subprocess_exec(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", planned.run or "",
        cwd=workspace / planned.folder, env=environment, start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        return await _output(process), await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _output(process: asyncio.subprocess.Process) -> str:
    kept, left_out = bytearray(), 0
    while process.stdout and (chunk := await process.stdout.read(_CHUNK_BYTES)):
        room = MAX_LOG_BYTES - len(kept)
        kept += chunk[:room]
        left_out += len(chunk[room:]) if room < len(chunk) else 0
    note = f"\n({left_out} bytes more were printed)\n" if left_out else ""
    return kept.decode(errors="replace") + note


def _upload(planned: PlannedStep, workspace: Path, keep: Keep) -> tuple[str, int]:
    """Zip what `path` names, below the clone and nowhere else. https://github.com/actions/upload-artifact#inputs"""
    root, pattern = workspace.resolve(), planned.inputs.get("path", "")
    if not pattern or pattern.startswith("/"):
        return f"##[error]path must be below the clone: {pattern!r}", 1
    found = sorted(root.glob(pattern))
    files = [one for top in found for one in ([top] if top.is_file() else sorted(top.rglob("*")))]
    files = [one for one in files if one.is_file() and one.resolve().is_relative_to(root)]
    if not files:
        return f"##[warning]No files were found with the provided path: {pattern}. No artifacts will be uploaded.", 0
    if sum(one.stat().st_size for one in files) > MAX_ARTIFACT_BYTES:
        return f"##[error]the artifact is larger than {MAX_ARTIFACT_BYTES} bytes, the most that is kept here", 1
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            # What is named alone stands at the top of the archive; of folders, what is in them.
            name = one.name if found == [one] else str(one.relative_to(found[0] if found[0].is_dir() else root))
            archive.write(one, name)
    keep(planned.inputs.get("name", "artifact"), content.getvalue())
    return f"{len(files)} files were uploaded", 0
