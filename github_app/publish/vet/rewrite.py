"""Makes the commits anew under Harvest's name: same trees, same order, authors and messages normalised.

The outcome depends on nothing but its input, so a step that is repeated gives the same commits, down to their ids.
"""

from __future__ import annotations

from collections.abc import Sequence

from github_app.publish.vet.authorship import CoAuthors, WrittenCommit, published_message
from github_app.publish.vet.clean_git import CleanGit
from sandbox.git import Identity


async def rewrite(
    clean: CleanGit,
    commits: Sequence[WrittenCommit],
    identity: Identity,
    co_authors: CoAuthors,
    not_before: int,
    not_after: int,
) -> str:
    """Write the commits again, parents first, and give the id of the last one.

    Dates are kept within the two given ones (seconds since the epoch); the agent's clock was its own to set. Raises
    GitFailed.
    """
    anew: dict[str, str] = {}
    for commit in commits:
        date = f"@{max(not_before, min(commit.date, not_after))} +0000"
        who = {
            "GIT_AUTHOR_NAME": identity.name,
            "GIT_AUTHOR_EMAIL": identity.email,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": identity.name,
            "GIT_COMMITTER_EMAIL": identity.email,
            "GIT_COMMITTER_DATE": date,
        }
        parents = [word for parent in commit.parents for word in ("-p", anew.get(parent, parent))]
        message = published_message(commit.message, co_authors).encode()
        written = await clean.run("commit-tree", commit.tree, *parents, "-F", "-", stdin=message, env=who)
        anew[commit.sha] = written.stdout.decode("ascii").strip()
    return anew[commits[-1].sha]
