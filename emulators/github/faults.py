"""What can go wrong with a request: it takes long, fails, is rate-limited, or its answer is lost after it took effect."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal["delay", "status", "secondary-limit", "primary-limit", "drop-before", "drop-after"]


@dataclass
class FaultRule:
    """One fault, for the next `count` requests of a method (`*`: any) whose path matches a shell pattern, after the first
    `skip` of them. Paths are as the client sees them below the API's root (`/repos/o/r/issues/*`), or git's own.

    `delay` waits `delay_seconds` and goes on. `status` answers with that status and no effect. `secondary-limit` is GitHub's
    403 (or 429 by `status`) with retry-after; `primary-limit` is its 403 with no requests remaining. `drop-before` closes the
    connection at once, `drop-after` when everything has been done but nothing was said.
    """

    fault: FaultKind
    method: str = "*"
    path: str = "*"
    count: int = 1
    skip: int = 0
    delay_seconds: float = 0.0
    status: int = 502
    retry_after: int | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("*", method.upper()) and fnmatch.fnmatchcase(path, self.path)


@dataclass
class Faults:
    """The rules that are still to be used, oldest first."""

    rules: list[FaultRule] = field(default_factory=list)

    def take(self, method: str, path: str) -> FaultRule | None:
        """The first rule for this request, used up by one."""
        for rule in self.rules:
            if rule.count > 0 and rule.matches(method, path):
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.count -= 1
                return rule
        return None
