"""The real Claude CLI at work in a local sandbox, with a model that plays."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox import run_start
from sandbox.agent import ENVIRONMENT, AgentSpec, command_line, rules_message, user_message
from sandbox.local import LocalBackend
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import Egress, SandboxSpec
from sandbox.run_start import RunSpec
from sandbox.secret import Secret
from tests.anthropic_service import anthropic_service, claude_cli
from tests.sandbox.agents import RUN


@asynccontextmanager
async def claude_at_work(
    root: Path, play: str, prompt: str, *, plans: bool = False, settle_seconds: float = 15, files: Mapping[str, bytes] = {}
) -> AsyncIterator[tuple[LocalSandbox, AgentSpec]]:
    """Its run has begun, in a workspace with these files; the sandbox ends with the block."""
    backend = LocalBackend(root, claude=claude_cli(), allow_unisolated=True)
    sandbox = await backend.create(SandboxSpec(name="job-1", session="issue-7"))
    try:
        for name, content in files.items():
            await sandbox.write_file(f"{sandbox.paths.workspace}/{name}", content)
        conversation, isolated = str(uuid.uuid4()), sandbox.isolated
        agent = AgentSpec("claude", "claude-sonnet-5-5", conversation, False, isolated, max_turns=10, plans=plans)
        with anthropic_service() as anthropic:
            anthropic.play(play)
            await sandbox.set_egress(Egress(services=(anthropic.url,)))
            wanted = RunSpec(
                argv=command_line(agent),
                cwd=sandbox.paths.workspace,
                messages=[user_message(prompt)],
                set_up=[rules_message("Be brief.")],
                env={**ENVIRONMENT, "ANTHROPIC_BASE_URL": anthropic.url},
                settle_seconds=settle_seconds,
                wall_seconds=60,
            )
            await run_start.start(sandbox, RUN, wanted, {"ANTHROPIC_API_KEY": Secret(anthropic.api_key)})
            yield sandbox, agent
    finally:
        await sandbox.terminate()
