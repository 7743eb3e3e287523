"""Reads answers by githubkit's own models of GitHub's API, which nobody here wrote."""

from __future__ import annotations

import importlib
from typing import Any

from pydantic import TypeAdapter


def typed(answer: Any, model: str) -> Any:
    """The answer (or each of a list) as githubkit's `model`. Raises ValidationError for what it isn't."""
    one = TypeAdapter[Any](getattr(importlib.import_module("githubkit_schemas.latest.models"), model)).validate_python
    return [one(each) for each in answer] if isinstance(answer, list) else one(answer)
