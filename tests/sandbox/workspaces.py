"""A workspace that is made ready from a repository on a server."""

from __future__ import annotations

from dataclasses import replace

from sandbox.git import Identity
from sandbox.protocol import Completed, Sandbox
from sandbox.secret import Secret
from sandbox.workspace import WorkspaceSpec
from tests.publish.agent_repository import AgentRepository, git

BRANCH = "harvest/7-right-answer"


def spec(remote: AgentRepository, **changes: object) -> WorkspaceSpec:
    plain = WorkspaceSpec(remote.url, "main", BRANCH, Secret("ghs_read"), Identity("Claude (Harvest)", "harvest@example.com"))
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name the fields


async def in_sandbox(sandbox: Sandbox, *argv: str) -> str:
    """Run it as the agent would, and give what it printed."""
    done: Completed = await sandbox.run(argv)
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode().strip()


def push(remote: AgentRepository, ref: str = "main") -> str:
    git(remote.clone, "push", "--quiet", "--force", str(remote.server), f"HEAD:refs/heads/{ref}")
    return git(remote.clone, "rev-parse", "HEAD")
