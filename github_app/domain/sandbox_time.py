"""What is written down of a sandbox's time as it begins (`state/sandbox_times.py`), whatever it was made for. Pure."""

from __future__ import annotations

from sandbox.protocol import Sandbox, SandboxSpec
from state.sandbox_times import Purpose, SandboxTime


def time_of(sandbox: Sandbox, spec: SandboxSpec, *, backend: str, purpose: Purpose, job_id: str | None = None) -> SandboxTime:
    """The time of a sandbox that was made from `spec`, from its creation to its own limit."""
    return SandboxTime(
        sandbox_id=sandbox.id,
        job_id=job_id,
        backend=backend,
        purpose=purpose,
        cpu=spec.cpu,
        memory_mib=spec.memory_mib,
        started_at=sandbox.created_at,
        ends_by=sandbox.created_at + spec.timeout_seconds,
    )
