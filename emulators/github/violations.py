"""What was said here that GitHub would not say, or would not accept. A test asks for the list and expects it to be empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

ViolationKind = Literal["unknown-route", "request", "unread", "answer", "webhook", "token-in-url", "rate-limit"]

# One misbehaving loop must not fill the memory; the first ones tell the story.
_KEPT = 1_000


@dataclass(frozen=True)
class Violation:
    """`request`: a client sent what GitHub would refuse or ignore. `unread`: what GitHub would have heeded, and
    the emulator doesn't. `answer` and `webhook`: the emulator itself is wrong.
    `rate-limit`: the App has asked more than GitHub allows."""

    kind: ViolationKind
    where: str
    problems: tuple[str, ...]


@dataclass
class Violations:
    found: list[Violation] = field(default_factory=list)

    def record(self, kind: ViolationKind, where: str, problems: Sequence[str]) -> None:
        if len(self.found) < _KEPT:
            self.found.append(Violation(kind, where, tuple(problems)))

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(violation) for violation in self.found]
