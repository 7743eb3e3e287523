"""What is left of an issue that is no longer where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.github.model.repositories import Repository


@dataclass(frozen=True)
class Transferred:
    """It has another number in another repository."""

    repository: Repository
    number: int


@dataclass(frozen=True)
class Deleted:
    """It is nowhere any more."""
