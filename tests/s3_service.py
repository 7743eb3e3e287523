"""A real S3 server from a wheel, as tests use it: rclone's, which checks signatures. Started empty, and gone with the test.

https://rclone.org/commands/rclone_serve_s3/
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from state.bucket import Bucket
from tests.waiting import wait_until

PROGRAM = Path(sys.executable).with_name("rclone")
BUCKET, ACCESS_KEY, SECRET_KEY = "artifacts", "test-access-key", "test-secret-key"


@dataclass(frozen=True)
class S3Service:
    """A running server with one bucket, whose content lies in `folder`."""

    url: str
    folder: Path

    @property
    def bucket(self) -> Bucket:
        return Bucket(BUCKET, "harvest", self.url, access_key_id=ACCESS_KEY, secret_access_key=SECRET_KEY)

    def keys(self) -> list[str]:
        """What lies in the bucket."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    @property
    def env(self) -> dict[str, str]:
        """The settings that name it."""
        return {
            "HARVEST_ARTIFACTS": f"s3://{BUCKET}/harvest",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Service]:
    """Start a server that keeps everything in this folder, and end it after the block."""
    (folder / "buckets" / BUCKET).mkdir(parents=True)
    argv = [str(PROGRAM), "serve", "s3", "--addr", "127.0.0.1:0", "--config", ""]
    argv += ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", str(folder / "buckets")]
    log = folder / "s3.log"
    with log.open("w") as output, subprocess.Popen(argv, stdout=output, stderr=output) as server:
        try:
            found = wait_until(
                lambda: re.search(r"Starting s3 server on \[(http://\S+?)/?\]", log.read_text()), "the S3 server"
            )
            assert found is not None
            yield S3Service(found[1], folder / "buckets" / BUCKET)
        finally:
            server.terminate()
