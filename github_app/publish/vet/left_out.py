"""A commit without what must not be pushed: those paths are as they were before the work began.

https://git-scm.com/docs/git-update-index#_using_index_info
"""

from __future__ import annotations

from collections.abc import Sequence

from github_app.publish.vet.authorship import WrittenCommit, parse_commit
from github_app.publish.vet.clean_git import CleanGit
from github_app.publish.vet.objects import contents_of

_INDEX = "left-out.index"
_ABSENT = f"0 {'0' * 40}"


async def without(clean: CleanGit, head: str, start: str, paths: Sequence[bytes], title: str) -> WrittenCommit | None:
    """What the commits from `start` to `head` change but for these paths, as one commit on `start`; None for nothing."""
    index = {"GIT_INDEX_FILE": str(clean.repository / _INDEX)}
    before = {
        entry.partition(b"\t")[2]: entry.split(b" ", 2)
        for entry in (await clean.run("ls-tree", "-r", "-z", "--full-tree", start)).stdout.split(b"\0")
    }
    lines = []
    for path in paths:
        mode, _, rest = before.get(path, [b"", b"", b""])
        was = b"%b %b" % (mode, rest.partition(b"\t")[0]) if mode else _ABSENT.encode()
        lines.append(b"%b\t%b\0" % (was, path))
    await clean.run("read-tree", head, env=index)
    await clean.run("update-index", "--replace", "-z", "--index-info", stdin=b"".join(lines), env=index)
    tree = (await clean.run("write-tree", env=index)).stdout.decode("ascii").strip()
    began = parse_commit(start, (await contents_of(clean, [start]))[start])
    if tree == began.tree:
        return None
    ended = parse_commit(head, (await contents_of(clean, [head]))[head])
    return WrittenCommit(sha=head, tree=tree, parents=(start,), date=ended.date, message=title)
