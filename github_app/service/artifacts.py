"""Where artifacts are kept: in the bucket that the settings name, else where it goes with the database."""

from __future__ import annotations

from github_app.settings.operator import Settings
from state.artifacts import Artifacts, artifacts_of
from state.database import Database
from state.s3_artifacts import S3Artifacts


def open_artifacts(settings: Settings, database: Database) -> Artifacts:
    bucket = settings.bucket()
    return artifacts_of(database, settings.state_dir) if bucket is None else S3Artifacts(bucket)
