"""How Harvest runs git inside a sandbox: its environment, its identity, and which names may reach a command line.

The agent owns the repository there, so nothing that git says here is believed: what leaves the sandbox is vetted elsewhere.
What this file keeps out is accident and mischief in Harvest's own calls: hooks, file watchers and filters that the agent or
the repository configured, prompts that wait for a person, a search for `.git` above the workspace.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.protocol import MAX_CAPTURED_BYTES, Completed, Sandbox, SandboxError

# Where work is kept that is on no branch.
KEPT_REFS = "refs/harvest/kept"

# Local plumbing on a repository of at most 1 GB; a slower answer means a hung filter or a full disk.
LOCAL_GIT_SECONDS = 120

# Settings of Harvest's own calls; they win over everything that a repository's own configuration says.
_NEUTRAL_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "core.bigFileThreshold": "8m",  # larger files are streamed, never held in memory
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "http.followRedirects": "false",  # the read token is bound to one address
    "filter.lfs.process": "",  # LFS pointers stay pointers, with or without git-lfs in the image
    "filter.lfs.smudge": "cat",
    "filter.lfs.clean": "cat",
    "filter.lfs.required": "false",
}

# https://git-scm.com/docs/git-check-ref-format, rules 3 to 9; a leading dash is refused too, for it reads as an option.
_NOT_IN_A_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[-./]|[./]$|^@$")


@dataclass(frozen=True)
class Identity:
    """Who git says wrote a commit."""

    name: str
    email: str


class InvalidBranchName(ValueError):
    """The name can't be a branch: git itself would refuse it."""


def branch_ref(branch: str) -> str:
    """The full ref of a branch, `refs/heads/<branch>`. Raises InvalidBranchName for what git-check-ref-format refuses."""
    if not branch or len(branch.encode("utf-8", "surrogatepass")) > 255 or _NOT_IN_A_REF.search(branch):
        raise InvalidBranchName(f"{branch[:100]!r} is no branch name that git accepts: rename the branch")
    return f"refs/heads/{branch}"


def quoted(value: str) -> str:
    """A value or subsection as git's configuration format quotes it (https://git-scm.com/docs/git-config#_syntax)."""
    if "\n" in value or "\0" in value:
        raise ValueError(f"{value[:60]!r} has a line break in it and can't stand in a git configuration")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def git_environment(sandbox: Sandbox) -> dict[str, str]:
    """Environment variables for one of Harvest's own git calls in this sandbox."""
    environment = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": posixpath.join(sandbox.paths.home, ".gitconfig"),
        "GIT_CEILING_DIRECTORIES": posixpath.dirname(sandbox.paths.workspace),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_EDITOR": "true",
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(_NEUTRAL_CONFIG)),
    }
    for index, (key, value) in enumerate(_NEUTRAL_CONFIG.items()):
        environment[f"GIT_CONFIG_KEY_{index}"] = key
        environment[f"GIT_CONFIG_VALUE_{index}"] = value
    return environment


async def git(
    sandbox: Sandbox,
    *arguments: str,
    stdin: bytes = b"",
    timeout_seconds: float = LOCAL_GIT_SECONDS,
    max_bytes: int = MAX_CAPTURED_BYTES,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    offline: bool = True,
) -> Completed:
    """Run git on the workspace; the exit code is the caller's to judge. `prefix` is put before `git` on the command line. One
    that may read files' old contents is not `offline`: a partial clone fetches them when they are asked for.

    Raises SandboxError past the time limit, SandboxGone when there is no sandbox any more.
    """
    workspace = sandbox.paths.workspace
    return await sandbox.run(
        [*prefix, "git", "-C", workspace, *arguments],
        cwd=workspace,
        env={**git_environment(sandbox), **(env or {})},
        stdin=stdin,
        timeout_seconds=timeout_seconds,
        max_bytes=max_bytes,
        offline=offline,
    )


async def keep_under_a_ref(sandbox: Sandbox, commit: str, what: str) -> str:
    """Keep a commit that is on no branch from being swept away; a sentence on what it is and where. Raises SandboxError."""
    ref = f"{KEPT_REFS}/{commit[:12]}"
    kept = await git(sandbox, "update-ref", ref, commit)
    if kept.exit_code != 0:
        said = kept.stderr.decode("utf-8", "replace").strip()[:300] or f"exit code {kept.exit_code}"
        raise SandboxError(f"the sandbox could not keep {commit} as {ref}: {said}")
    return f"{what}: kept in the sandbox as {ref}."
