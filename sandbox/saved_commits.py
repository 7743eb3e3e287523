"""The commits of an agent that is still at work, on Harvest's side: brought out now and then, and put into the sandbox that
comes after a lost one.

They are as hostile as the ones that are collected at the end: here they only travel from sandbox to sandbox.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from sandbox.bundle import BUNDLE_REF, stream_bundle
from sandbox.git import LOCAL_GIT_SECONDS, git_environment, keep_under_a_ref
from sandbox.protocol import Sandbox, SandboxError

# In the middle of a rebase HEAD lacks the commits that have not moved yet.
_HEAD = "[ ! -d .git/rebase-merge ] && [ ! -d .git/rebase-apply ] && git rev-parse --quiet --verify 'HEAD^{commit}'"


async def bring_out_commits(sandbox: Sandbox, since: tuple[str, str], into: Path, *, known: str) -> str:
    """Bundle the commits at HEAD that the two commits of `since` don't have, unless HEAD is `known`; gives where HEAD is.

    The agent is at work meanwhile: what can't be read now (a rebase under way, no repository) is left for the next time.
    Raises SandboxError.
    """
    env = git_environment(sandbox)
    asked = await sandbox.run(["sh", "-ec", _HEAD], env=env, timeout_seconds=LOCAL_GIT_SECONDS, offline=True)
    head = asked.stdout.decode("ascii", "replace").strip()
    if asked.exit_code != 0 or head in (known, *since):
        return known
    await stream_bundle(sandbox, head, since, into)
    return head


_PUT_IN = """
umask 077
cat > "$1"
git fetch --quiet --no-tags --no-write-fetch-head -- "$1" "+$2:$2"
rm -f -- "$1"
git rev-parse --verify "$2^{commit}"
"""


async def put_in_commits(sandbox: Sandbox, bundle: Path) -> str:
    """Fetch the bundle's commits into the workspace's repository; gives the last one's name. Repeating it changes nothing.

    Raises SandboxError when the repository lacks what the bundle builds on.
    """
    script = ["sh", "-ec", _PUT_IN, "sh", f"{sandbox.paths.tmp}/saved-commits.bundle", BUNDLE_REF]
    done = await sandbox.run(
        script,
        env=git_environment(sandbox),
        stdin=await asyncio.to_thread(bundle.read_bytes),
        timeout_seconds=LOCAL_GIT_SECONDS,
    )
    if done.exit_code != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise SandboxError(f"the saved commits can't be put into {sandbox.id}: {said}")
    return done.stdout.decode("ascii", "replace").strip()


async def keep_commits(sandbox: Sandbox, bundle: Path) -> str:
    """Put the bundle's commits under a ref beside the branch; a sentence that says where."""
    commit = await put_in_commits(sandbox, bundle)
    return await keep_under_a_ref(sandbox, commit, "Commits of an earlier run whose sandbox was lost")
