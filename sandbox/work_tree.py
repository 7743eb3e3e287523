"""Git's name for all the files of a working tree as they are now, uncommitted ones included: the tree that a commit of them
would have. What the repository itself ignores doesn't count, nor what Harvest hides there (`sandbox/repository.py`).

Every file is read, through a git folder of Harvest's own that is thrown away: what the agent's index, configuration, ignore
files and filters would have git overlook counts all the same. The repository stays as it is. It is the sandbox's word, as all
that git says there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.git import LOCAL_GIT_SECONDS, git_environment
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable

TREE = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")

# Of the agent's folder are the objects, so that none is written twice, and the last commit's names and contents, by which git
# decides on line ends; with them come no times, so that each file is read. A repository within it has files of its own.
# https://git-scm.com/docs/git#_environment_variables, https://git-scm.com/docs/gitattributes#_text
_LOOK = """
[ -d .git ] || exit 44
aside=$(mktemp -d)
trap 'rm -rf -- "$aside"' EXIT
last=$(git --git-dir=.git rev-parse --quiet --verify 'HEAD^{tree}') || last=
format=$(git --git-dir=.git rev-parse --show-object-format)
export GIT_CONFIG_GLOBAL=/dev/null HOME="$aside" XDG_CONFIG_HOME="$aside"
git init --quiet --template= --object-format="$format" "$aside/new"
mkdir "$aside/new/.git/info"
cat > "$aside/new/.git/info/exclude"
export GIT_DIR="$aside/new/.git" GIT_WORK_TREE="$PWD" GIT_ALTERNATE_OBJECT_DIRECTORIES="$PWD/.git/objects"
[ -z "$last" ] || git read-tree "$last"
git -c advice.addEmbeddedRepo=false add --all >&2
git -c core.quotePath=false ls-files --stage | grep '^160000 ' | cut -f2- | while read -r inner; do
    case "$inner" in '"'*) exit 44 ;; esac
    [ ! -e "$inner/.git" ] || exit 44
done
git write-tree
[ -z "$1" ] || git ls-files --stage -z
"""


@dataclass(frozen=True)
class Files:
    """The tree's name, and an entry for each file as `git ls-files --stage` has it; None where there are too many."""

    tree: str
    entries: frozenset[bytes] | None

    def has_all_of(self, before: Files) -> bool:
        """Whether what was there before is there as it was, as far as is known: then files were added at most."""
        return self.entries is not None and before.entries is not None and before.entries <= self.entries


UNKNOWN = Files("", None)


async def work_tree(sandbox: Sandbox, *, hidden: str, timeout_seconds: float = LOCAL_GIT_SECONDS) -> str:
    """The tree's name, empty where git can't tell: a damaged repository, a repository within it. `hidden` is what Harvest
    hides from git, as in `sandbox.repository.Opened`. Raises SandboxGone, SandboxUnavailable."""
    return (await _look(sandbox, hidden, "", timeout_seconds)).tree


async def work_files(sandbox: Sandbox, *, hidden: str) -> Files:
    """The same with all files."""
    return await _look(sandbox, hidden, "list", LOCAL_GIT_SECONDS)


async def _look(sandbox: Sandbox, hidden: str, listed: str, timeout_seconds: float) -> Files:
    try:
        looked = await sandbox.run(
            ["sh", "-ec", _LOOK, "sh", listed],
            env=git_environment(sandbox),
            stdin=hidden.encode("latin-1", "replace"),
            timeout_seconds=timeout_seconds,
            offline=True,
        )
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError:
        return UNKNOWN  # it took too long
    name, _, entries = looked.stdout.partition(b"\n")
    if looked.exit_code != 0 or not TREE.fullmatch(name):
        return UNKNOWN
    return Files(name.decode(), None if looked.truncated or not listed else frozenset(entries.split(b"\0")))
