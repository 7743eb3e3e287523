"""What an agent's tools write on GitHub: its words made harmless, and marked as its own. Pure.

The marker says of which job and which call it is, so that what was written can be found again and is not written twice. An
agent can't write one: it is taken out of its text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from github_app.text.neutral import neutralise, neutralise_plain

MAX_TITLE_CHARACTERS = 200
MAX_BODY_CHARACTERS = 10_000
KEY_CHARACTERS = 24


def key_of(tool: str, arguments: Mapping[str, Any]) -> str:
    """What a call of a job is known by: the same call has the same key."""
    said = json.dumps([tool, arguments], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:KEY_CHARACTERS]


def marker_of(job_id: str, key: str) -> str:
    return f"<!-- harvest:written:{job_id}:{key} -->"


def title_as_written(title: str) -> str:
    """On GitHub a title is shown as it is, in one line."""
    return neutralise_plain(" ".join(title.split()), max_length=MAX_TITLE_CHARACTERS)


def body_as_written(body: str, *, job_id: str, key: str) -> str:
    words = neutralise(body.strip(), max_length=MAX_BODY_CHARACTERS)
    return f"{marker_of(job_id, key)}\n{words}\n\n<sub>Written by Harvest's agent while it worked (job `{job_id}`).</sub>"
