"""What sandboxes have used, and what that would cost at this emulator's own prices, which are made up.

Like Modal it prices what was asked for, for as long as the sandbox ran, and tells it some time later (`stats_seconds`).
"""

from __future__ import annotations

import time
from decimal import Decimal

from modal_proto import api_pb2 as pb

from emulators.modal.sandboxes import Sandbox, Sandboxes
from emulators.modal.settings import Settings

# Round numbers, so that a sum in a test can be checked by hand. Modal's own are on its pricing page.
MADE_UP_DOLLARS_PER_CORE_SECOND = Decimal("0.0001")
MADE_UP_DOLLARS_PER_GIB_SECOND = Decimal("0.00001")

# What Modal reserves when nothing is asked for.
_DEFAULT_MILLI_CPU, _DEFAULT_MEMORY_MIB = 125, 128
_MIB_PER_GIB = 1024
_SECONDS_PER_HOUR = 3600


class BillingRpcs:
    """Statistics of one sandbox, ended ones too."""

    def __init__(self, settings: Settings, sandboxes: Sandboxes) -> None:
        self._settings = settings
        self._sandboxes = sandboxes

    async def sandbox_get_stats(self, request: pb.SandboxGetStatsRequest) -> pb.SandboxGetStatsResponse:
        sandbox = self._sandboxes.get(request.sandbox_id)
        until = sandbox.ended_at or time.time()
        response = pb.SandboxGetStatsResponse(duration_hours=sandbox.seconds / _SECONDS_PER_HOUR)
        response.since.FromMilliseconds(round(sandbox.created_at * 1000))
        response.until.FromMilliseconds(round(until * 1000))
        if time.time() < until + self._settings.stats_seconds:
            return response
        prices = {
            "CPU": Decimal(core_seconds(sandbox)) * MADE_UP_DOLLARS_PER_CORE_SECOND,
            "Memory": Decimal(gib_seconds(sandbox)) * MADE_UP_DOLLARS_PER_GIB_SECOND,
        }
        response.billed_cpu_core_seconds = core_seconds(sandbox)
        response.billed_memory_gib_seconds = gib_seconds(sandbox)
        response.cost = f"{sum(prices.values()):f}"
        for resource, dollars in prices.items():
            response.cost_by_resource[resource] = f"{dollars:f}"
        return response


def core_seconds(sandbox: Sandbox) -> float:
    return sandbox.seconds * (sandbox.definition.resources.milli_cpu or _DEFAULT_MILLI_CPU) / 1000


def gib_seconds(sandbox: Sandbox) -> float:
    return sandbox.seconds * (sandbox.definition.resources.memory_mb or _DEFAULT_MEMORY_MIB) / _MIB_PER_GIB
