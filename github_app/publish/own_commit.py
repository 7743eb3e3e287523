"""A commit that Harvest itself makes, in a clean repository."""

from __future__ import annotations

from github_app.publish.vet.clean_git import CleanGit
from sandbox.git import Identity


async def tree_of(git: CleanGit, commit: str) -> str:
    return (await git.run("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}")).stdout.decode("ascii").strip()


async def committed(git: CleanGit, tree: str, parent: str, message: str, identity: Identity, date: int) -> str:
    """The commit's id. `date` is in seconds since the epoch: with the same one it is the same commit each time."""
    who = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", identity.name), ("EMAIL", identity.email), ("DATE", f"@{date} +0000"))
    }
    written = await git.run("commit-tree", tree, "-p", parent, "-F", "-", stdin=message.encode(), env=who)
    return written.stdout.decode("ascii").strip()
