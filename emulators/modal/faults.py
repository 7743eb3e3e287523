"""What goes wrong on demand: answers lost, calls refused or slow, streams cut, the whole service out of reach.

A fault is armed by `--fault JSON` or by `POST /faults`, and each spends itself after `times` uses:

    {"do": "lose_answer", "rpc": "SandboxCreateV2"}                        the work is done, the caller sees UNAVAILABLE
    {"do": "refuse", "rpc": "SandboxCreateV2", "status": "RESOURCE_EXHAUSTED", "message": "…"}   nothing is done
    {"do": "delay", "rpc": "SandboxCreateV2", "seconds": 2}                 slow, then as usual
    {"do": "drop_stream", "rpc": "TaskExecStdioRead", "after_bytes": 50000} cut once that much was sent
    {"do": "fail_build", "message": "…"}                                    the next image build fails
    {"do": "outage", "seconds": 30}                                         streams are cut, every call is refused
"""

from __future__ import annotations

import asyncio
import time
from typing import Literal

import msgspec
from grpclib import GRPCError, Status

FaultKind = Literal["lose_answer", "refuse", "delay", "drop_stream", "fail_build", "outage"]
_NEEDS_RPC = {"lose_answer", "refuse", "delay", "drop_stream"}


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One thing that is to go wrong; see the head of this file. Raises ValueError when its fields don't fit together."""

    do: FaultKind
    rpc: str = ""
    times: int = 1
    status: str = "UNAVAILABLE"
    message: str = "injected fault"
    seconds: float = 0.0
    after_bytes: int = 0

    def __post_init__(self) -> None:
        if self.do in _NEEDS_RPC and not self.rpc:
            raise ValueError(f"a fault that does {self.do!r} needs the name of an `rpc`")
        if self.status not in Status.__members__:
            raise ValueError(f"{self.status!r} is no gRPC status; one of {', '.join(Status.__members__)}")


class FaultPlan:
    """The faults still to happen."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._outage_ends = 0.0
        self._outage_began = asyncio.Event()

    def arm(self, fault: Fault) -> None:
        if fault.do == "outage":
            self._outage_ends = time.monotonic() + fault.seconds
            self._outage_began.set()
            self._outage_began = asyncio.Event()
        else:
            self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()
        self._outage_ends = 0.0

    @property
    def armed(self) -> list[Fault]:
        return list(self._armed)

    @property
    def outage_began(self) -> asyncio.Event:
        """Set when the next outage begins; whoever holds a call open races against it."""
        return self._outage_began

    def check_reachable(self) -> None:
        if time.monotonic() < self._outage_ends:
            raise GRPCError(Status.UNAVAILABLE, "injected outage")

    async def before(self, rpc: str) -> None:
        """Slow the call down, then refuse it, if that was asked for."""
        if slow := self._spend("delay", rpc):
            await asyncio.sleep(slow.seconds)
        if refused := self._spend("refuse", rpc):
            raise GRPCError(Status[refused.status], refused.message)

    def after(self, rpc: str) -> None:
        """Lose the answer of a call whose work is done."""
        if self._spend("lose_answer", rpc):
            raise GRPCError(Status.UNAVAILABLE, "injected: the answer was lost")

    def stream_allowance(self, rpc: str) -> int | None:
        """How many bytes the stream may send before it is cut; None for a healthy one."""
        cut = self._spend("drop_stream", rpc)
        return cut.after_bytes if cut else None

    def failing_build(self) -> str | None:
        """The message with which the next image build fails, or None."""
        failed = self._spend("fail_build", "")
        return failed.message if failed else None

    def _spend(self, do: FaultKind, rpc: str) -> Fault | None:
        for fault in self._armed:
            if fault.do == do and fault.rpc == rpc:
                fault.times -= 1
                if fault.times <= 0:
                    self._armed.remove(fault)
                return fault
        return None
