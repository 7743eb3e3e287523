"""Artifacts in a bucket: can one be written there, found, read and deleted again?"""

from __future__ import annotations

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

from github_app.operator.doctor.finding import Finding
from github_app.settings.operator import Settings
from state.artifacts import Artifacts, ArtifactsAway
from state.s3_artifacts import S3Artifacts

# Nothing else is kept below it.
TRIED = "doctor/"
ADVICE = "correct HARVEST_ARTIFACTS and the AWS_… settings; the key needs GetObject, PutObject, DeleteObject and ListBucket"


async def artifacts_findings(settings: Settings) -> list[Finding]:
    """Nothing where artifacts are in the database or in the state directory."""
    bucket = settings.bucket()
    if bucket is None:
        return []
    try:
        wrong = await what_is_wrong(S3Artifacts(bucket))
    except ArtifactsAway as problem:
        wrong = str(problem)
    if wrong:
        return [Finding("artifacts", "missing", f"{settings.artifacts}: {wrong}", ADVICE)]
    return [Finding("artifacts", "ok", f"{settings.artifacts} can be written and read")]


async def what_is_wrong(artifacts: Artifacts) -> str:
    """The first thing that is not as it should be, empty when all is. Raises ArtifactsAway."""
    key, content = f"{TRIED}{secrets.token_hex(8)}.txt", secrets.token_bytes(64)
    with TemporaryDirectory(prefix="harvest-doctor-") as folder:
        written, read = Path(folder) / "written", Path(folder) / "read"
        written.write_bytes(content)
        await artifacts.put(key, written)
        try:
            if not await artifacts.get(key, read) or read.read_bytes() != content:
                return "what was written there is not what is read"
            if [each.key for each in await artifacts.list(key)] != [key]:
                return "what was written there is not listed"
        finally:
            await artifacts.delete(key)
    return ""
