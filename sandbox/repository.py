"""Opens the repository in a sandbox's workspace: the one that is there if it is sound, else a new one.

Its `.git/config`, hooks and attributes are written anew each time, so nothing that an earlier run put there goes on acting.
"""

from __future__ import annotations

import posixpath

from sandbox.git import git_environment, quoted
from sandbox.protocol import Sandbox, SandboxError

# Up to this size (KiB) old contents are fetched too. Without them a clone is quicker, but then every `git blame` and `git
# log -p` of the agent fetches them one by one: for Flask's 13 MB the clone took 1.9 s instead of 2.8 s, and one blame 4.7 s
# instead of 0.06 s, from a server on the same machine.
WHOLE_CLONE_KIB = 100 * 1024

# Leaves a sound repository in the folder $1, configured by the text on stdin and by nothing else, and without hooks or locks.
# The text in $3 is added for a clone that lacks contents already. Prints `found`, or `new` and the folder below $2 in which
# what stood in its way is kept (none if that was a bare `.git`).
_OPEN_REPOSITORY = """
set -e
mkdir -p -- "$1" && cd -- "$1"
config=$(cat)
if [ -d .git ] && [ ! -L .git ]; then
  rm -rf -- .git/config .git/config.worktree .git/hooks .git/info/attributes .git/index.lock .git/HEAD.lock .git/shallow.lock
  printf '%s\\n' "$config" >.git/config
  if [ -n "$(find .git/objects/pack -name '*.promisor' 2>/dev/null | head -n 1)" ]; then printf '%s\\n' "$3" >>.git/config; fi
  if git rev-parse --quiet --verify 'HEAD^{commit}' >/dev/null 2>&1; then echo found; exit 0; fi
fi
echo new
if [ -n "$(ls -A)" ]; then
  mkdir -p -- "$2"
  aside=$(mktemp -d -- "$2/XXXXXX")
  find . -mindepth 1 -maxdepth 1 -exec sh -c 'mv -- "$@" "$0"' "$aside" {} +
  [ "$(ls -A -- "$aside")" = .git ] || printf '%s\\n' "$aside"
fi
git init --quiet --template= .
mkdir -p .git/info
printf '%s\\n' "$config" >.git/config
"""


async def open_repository(sandbox: Sandbox, remote_url: str, reported_kib: int | None) -> tuple[bool, tuple[str, ...]]:
    """Make sure that there is a sound repository; whether it is a new one, and sentences on what was set aside for it.

    `reported_kib` is the size that GitHub reports (KiB), None if unknown. Raises SandboxError.
    """
    workspace, kept = sandbox.paths.workspace, posixpath.join(sandbox.paths.home, "harvest-kept")
    whole = reported_kib is not None and reported_kib <= WHOLE_CLONE_KIB
    config = _repository_config(remote_url) + ("" if whole else _PARTIAL_CLONE)
    opened = await sandbox.run(
        ["sh", "-c", _OPEN_REPOSITORY, "sh", workspace, kept, _PARTIAL_CLONE],
        cwd=sandbox.paths.tmp,
        env=git_environment(sandbox),
        stdin=config.encode(),
    )
    if opened.exit_code != 0:
        said = opened.stderr.decode("utf-8", "replace").strip()[:300]
        raise SandboxError(f"no repository could be opened in the sandbox {sandbox.id} ({said}): start a new session")
    outcome, *where = opened.stdout.decode("utf-8", "replace").splitlines()
    note = "The workspace's repository was damaged: it was cloned again, and what was there is kept in"
    return outcome == "new", tuple(f"{note} {folder}." for folder in where)


def _repository_config(remote_url: str) -> str:
    """`.git/config` whole: one remote."""
    return (
        "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tlogallrefupdates = true\n"
        f'[remote "origin"]\n\turl = {quoted(remote_url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    )


# https://git-scm.com/docs/partial-clone
_PARTIAL_CLONE = """[extensions]
\tpartialClone = origin
[remote "origin"]
\tpromisor = true
\tpartialclonefilter = blob:none
"""
