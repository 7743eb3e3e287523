"""What can go wrong with a webhook on its way: it comes twice, late, out of order, or never."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DeliveryFault = Literal["duplicate", "duplicate-new-guid", "late", "lost", "unreached"]


@dataclass
class DeliveryRule:
    """One fault, for the next `count` deliveries of an event (and action; None: any). `copies` is how many extra ones
    a duplicate makes; `delay_seconds` is how late a late one is, so that those behind it overtake it. A `lost` one was
    never made, an `unreached` one is listed as failed and can be redelivered."""

    fault: DeliveryFault
    event: str | None = None
    action: str | None = None
    count: int = 1
    copies: int = 1
    delay_seconds: float = 0.5


@dataclass(frozen=True)
class Planned:
    """One sending of a delivery."""

    first: bool = True
    new_guid: bool = False
    delay_seconds: float = 0.0
    lost: bool = False
    unreached: bool = False


@dataclass
class DeliveryFaults:
    """The rules that are still to be used, oldest first."""

    rules: list[DeliveryRule] = field(default_factory=list)

    def plan(self, event: str, action: str | None) -> list[Planned]:
        """How a delivery is to be sent: the first rule that matches is used up by one."""
        for rule in self.rules:
            if rule.count and rule.event in (None, event) and rule.action in (None, action):
                rule.count -= 1
                return _sendings(rule)
        return [Planned()]


def _sendings(rule: DeliveryRule) -> list[Planned]:
    match rule.fault:
        case "lost":
            return [Planned(lost=True)]
        case "unreached":
            return [Planned(unreached=True)]
        case "late":
            return [Planned(delay_seconds=rule.delay_seconds)]
        case "duplicate" | "duplicate-new-guid":
            copy = Planned(first=False, new_guid=rule.fault == "duplicate-new-guid")
            return [Planned(), *[copy] * rule.copies]
