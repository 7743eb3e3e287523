"""What a check has found: one line for the operator, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "missing"]


@dataclass(frozen=True)
class Finding:
    """One line of the report; `advice` says how to mend it, empty when all is well or `detail` says it already."""

    subject: str
    verdict: Verdict
    detail: str
    advice: str = ""
