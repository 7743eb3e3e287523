"""Git's name for all the files of a working tree as they are now, uncommitted ones included: the tree that a commit of them
would have. Ignored files don't count.

The repository stays as it is: the index and what git has to write on the way are copies that are thrown away. It is the
sandbox's word, as all that git says there.
"""

from __future__ import annotations

import re

from sandbox.git import LOCAL_GIT_SECONDS, git_environment
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable

TREE = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")

# The copy keeps the index's time: by that git knows which files may have changed within the same second.
# https://git-scm.com/docs/git#_environment_variables, https://git-scm.com/docs/racy-git
_LOOK = """
[ -d .git ] || exit 44
aside=$(mktemp -d)
trap 'rm -rf -- "$aside"' EXIT
mkdir "$aside/objects"
[ ! -e .git/index ] || cp -p -- .git/index "$aside/index"
export GIT_INDEX_FILE="$aside/index" GIT_OBJECT_DIRECTORY="$aside/objects"
export GIT_ALTERNATE_OBJECT_DIRECTORIES="$PWD/.git/objects"
git add --all >&2
git write-tree
"""


async def work_tree(sandbox: Sandbox, *, timeout_seconds: float = LOCAL_GIT_SECONDS) -> str:
    """The tree's name, empty where git can't tell: a damaged repository, an unfinished merge, a repository within it. Raises
    SandboxGone, SandboxUnavailable."""
    try:
        looked = await sandbox.run(
            ["sh", "-ec", _LOOK], env=git_environment(sandbox), timeout_seconds=timeout_seconds, max_bytes=10_000
        )
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError:
        return ""  # it took too long
    name = looked.stdout.strip()
    return name.decode() if looked.exit_code == 0 and TREE.fullmatch(name) else ""
