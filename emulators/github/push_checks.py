"""What the hook asks of each ref that is pushed, over a socket in the push's own folder: whether it may move, and if not, in
which words.

GitHub refuses a single ref with words of its own, which only git's `proc-receive` hook can do. It is used when there is
something to look at: rules, or a token that may not touch workflows. https://git-scm.com/docs/githooks#proc-receive
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emulators.github.forks import branches_open_to
from emulators.github.git_repository import ABSENT
from emulators.github.model.apps import covers
from emulators.github.model.repositories import Repository
from emulators.github.model.roles import at_least
from emulators.github.ref_guard import broken_rules
from emulators.github.rules.pushes import words_of_push
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, InstallationToken, Person

WORKFLOWS = ".github/workflows"

# Names of refs and two SHAs each; more than this is no push of ours.
_MAX_QUESTION_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Verdict:
    """`reason` stands beside the ref, "" when it may move; `says` are the lines before."""

    reason: str = ""
    says: list[str] = field(default_factory=list)


def is_needed(github: GitHub, repo: Repository, actor: Actor) -> bool:
    return repo.rules.any or _may_not_touch_workflows(actor) or bool(only_branches(github, repo, actor))


def only_branches(github: GitHub, repo: Repository, actor: Actor) -> set[str]:
    """The only branches that a maintainer of the parent may push to in a fork; none for who may push to all of it, or none."""
    if repo.parent is None or not isinstance(actor, Person) or at_least(repo.role_of(actor.account), "write"):
        return set()
    return branches_open_to(github, repo, actor.account)


@contextlib.asynccontextmanager
async def answering(github: GitHub, repo: Repository, actor: Actor) -> AsyncIterator[dict[str, str]]:
    """The hook's environment, for the length of one push."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        commands = json.loads(await reader.readline())
        verdicts = [asdict(await verdict(github, repo, actor, ref, old, new)) for old, new, ref in commands]
        writer.write(json.dumps(verdicts).encode() + b"\n")
        writer.close()
        await writer.wait_closed()

    # The system's own folder: a socket's path may have hardly more than a hundred characters.
    with tempfile.TemporaryDirectory(prefix="push-") as folder:
        path = str(Path(folder) / "ask")
        server = await asyncio.start_unix_server(answer, path, limit=_MAX_QUESTION_BYTES)
        async with server:
            yield {
                "PUSH_CHECK": path,
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "receive.procReceiveRefs",
                "GIT_CONFIG_VALUE_0": "refs/",
            }


async def verdict(github: GitHub, repo: Repository, actor: Actor, ref: str, old: str, new: str) -> Verdict:
    open_to = only_branches(github, repo, actor)
    if open_to and (new == ABSENT or ref.removeprefix("refs/heads/") not in open_to):
        return Verdict("permission denied")
    if new != ABSENT and _may_not_touch_workflows(actor) and (workflow := await _touched_workflow(repo, new)):
        return Verdict(
            f"refusing to allow a GitHub App to create or update workflow `{workflow}` without `workflows` permission"
        )
    if broken := await broken_rules(repo, actor, ref, old, new):
        return Verdict(*words_of_push(ref, broken, github.at.page(repo)))
    return Verdict()


def _may_not_touch_workflows(actor: Actor) -> bool:
    return isinstance(actor, InstallationToken) and not covers(actor.permissions, "workflows", "write")


async def _touched_workflow(repo: Repository, new: str) -> str | None:
    """A workflow file that a new commit of this ref adds or changes; None if there is none."""
    for sha in await repo.git.new_commits(new):
        if paths := await repo.git.paths_touched(sha, WORKFLOWS):
            return paths[0]
    return None
