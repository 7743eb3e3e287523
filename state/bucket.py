"""Which bucket, and how it is reached. Values only: settings are read without what talks to it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bucket:
    """A bucket of Amazon S3, or of what speaks its protocol. What is None the library finds as AWS's own tools do: the
    region is then us-east-1, the endpoint AWS's own, and the key that of the machine's role."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
