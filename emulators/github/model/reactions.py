"""Reactions: the eight that GitHub has. https://docs.github.com/rest/reactions/reactions#about-reactions"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from emulators.github.model.accounts import Account

ReactionContent = Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]
REACTIONS: tuple[ReactionContent, ...] = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


@dataclass(eq=False)
class Reaction:
    id: int
    user: Account
    content: ReactionContent
    created_at: datetime
