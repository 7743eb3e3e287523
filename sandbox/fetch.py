"""What a workspace gets from its remote, within the size limit, and what an earlier run had left there beside that."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from sandbox.git import git_environment
from sandbox.protocol import Completed, Sandbox, SandboxError, SandboxGone
from sandbox.workspace_failure import RepositoryEmpty, explain_damage, explain_fetch_failure

# Ten minutes fetch 1 GB at 14 Mbit/s; slower than that the job is better tried again.
FETCH_SECONDS = 600

# Keeps an interrupted or hostile download from filling the disk: no file may grow past $1 blocks of 512 bytes (POSIX ulimit).
_WITH_FILE_SIZE_LIMIT = ("sh", "-c", 'ulimit -f "$1" && shift && exec "$@"', "sh")

# How far back the published history is searched for what an earlier run had made.
_RECENT_COMMITS = 1000


@dataclass(frozen=True)
class Remote:
    """A repository's https address without credentials, and how many bytes are fetched of it at most."""

    url: str
    max_bytes: int

    @property
    def size_limit(self) -> tuple[str, ...]:
        """What a command begins with that must not write larger files."""
        return (*_WITH_FILE_SIZE_LIMIT, str(self.max_bytes // 512 + 1))

    async def answered(self, command: Awaitable[Completed]) -> Completed:
        """The finished command, or the typed error for what git or the sandbox said of it."""
        try:
            completed = await command
        except SandboxGone:
            raise
        except SandboxError as error:
            raise explain_fetch_failure(str(error), self.url, self.max_bytes) from error
        if completed.exit_code != 0:
            said = completed.stderr.decode("utf-8", "replace").strip()
            raise explain_damage(said) or explain_fetch_failure(said, self.url, self.max_bytes)
        return completed


async def those_that_are_there(sandbox: Sandbox, remote: Remote, refs: list[str]) -> list[str]:
    """Which of these refs the remote has."""
    listed = await remote.answered(
        sandbox.run(
            ["git", "ls-remote", "--quiet", "--", remote.url, "HEAD", *refs],
            cwd=sandbox.paths.tmp,
            env=git_environment(sandbox),
            timeout_seconds=FETCH_SECONDS,
        ),
    )
    if not listed.stdout.strip():
        raise RepositoryEmpty(f"{remote.url} has no commits yet: push a first one, then ask again")
    there = {line.partition("\t")[2] for line in listed.stdout.decode("utf-8", "replace").splitlines()}
    return [ref for ref in refs if ref in there]


# Fetch $3 and so on, and say what came: not by the refs that hold it, of which an earlier agent may have made one stand for
# another. Then, behind an empty line, of HEAD beside the published commit at $1, if any: whether the work tree is as in
# it, how many commits are only here, HEAD's commit and tree, and the trees of the last $2 published commits.
_FETCH = """
published=$1 recent=$2
shift 2
git fetch --quiet --no-tags --no-recurse-submodules origin "$@" || exit
cat .git/FETCH_HEAD
[ -z "$published" ] && exit
echo
changes=$(git status --porcelain --no-renames) && [ -z "$changes" ] && echo clean || echo changed
count=$(git rev-list --count HEAD --not "$published" --remotes=origin) || count=unknown
echo "$count"
[ "$count" = 0 ] && exit
git rev-parse HEAD 'HEAD^{tree}'
git log --format=%T --max-count="$recent" "$published"
exit 0
"""


@dataclass(frozen=True)
class Left:
    """What an earlier run left at HEAD: whether there are changes to its `commit`, and how many commits up to that one were
    never published ("unknown" where git could not tell). `published` says that they were, under other names."""

    changed: bool
    count: str
    commit: str
    published: bool


async def fetch(
    sandbox: Sandbox, remote: Remote, refs: list[str], *, published: str | None
) -> tuple[dict[str, str], Left | None]:
    """Fetch these branches into refs/remotes/origin/ and other refs beside them, within the size limit; gives the commits that
    they are at, and what is here that the one of them that is `published` has not, if one is."""
    refspecs = [f"+{ref}:{tracking(ref)}" for ref in refs]
    beside = tracking(published) if published is not None else ""
    command = sandbox.run(
        [*remote.size_limit, "sh", "-c", _FETCH, "sh", beside, str(_RECENT_COMMITS), *refspecs],
        env=git_environment(sandbox),
        timeout_seconds=FETCH_SECONDS,
    )
    fetched, _, here = (await remote.answered(command)).stdout.decode("utf-8", "replace").partition("\n\n")
    heads = {ref: sha for line in fetched.splitlines() for ref in refs if (sha := _sha_in(line, ref))}
    if missing := [ref for ref in refs if ref not in heads]:
        raise SandboxError(f"git in the sandbox {sandbox.id} did not say what it fetched of {', '.join(missing)}")
    if published is None:
        return heads, None
    state, count, commit, tree, *trees = (*here.split(), "", "", "", "")
    # Vetting rewrites the commits that it publishes, so what was pushed is known by its tree and not by its name.
    return heads, Left(state != "clean", count, commit, tree in trees)


def _sha_in(fetch_head: str, ref: str) -> str | None:
    """The commit that a line of FETCH_HEAD names for that ref: https://git-scm.com/docs/git-fetch#_description"""
    sha, _, what = fetch_head.partition("\t")
    branch = ref.removeprefix("refs/heads/")
    named = f"'{ref}' of " if branch == ref else f"branch '{branch}' of "
    return sha if what.rpartition("\t")[2].startswith(named) else None


def tracking(ref: str) -> str:
    """Where what is fetched of that ref is kept."""
    branch = ref.removeprefix("refs/heads/")
    return f"refs/remotes/{ref.removeprefix('refs/')}" if branch == ref else f"refs/remotes/origin/{branch}"
