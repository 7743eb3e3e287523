"""What a pull request changes: its files, its commits, and the comparison of any two. https://docs.github.com/rest/pulls/pulls"""

from __future__ import annotations

from typing import Any

from emulators.github.access import may_see, read
from emulators.github.authorship import account_behind
from emulators.github.errors import not_found
from emulators.github.forks import in_network
from emulators.github.git_repository import Commit
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.commits import changed_file
from emulators.github.shapes.commits import commit as commit_shape

# "Lists a maximum of 250 commits" of a pull request, and 3,000 of its files.
_LISTED_COMMITS = 250
_LISTED_FILES = 3_000


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", read("pull_requests"))
async def list_pull_files(call: Call) -> Answer:
    repo, (_, pull) = call.repository, call.pull
    start = await repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = await repo.git.changes(start, pull.head_sha)
    return call.page_of([changed_file(call.github.at, repo, one, pull.head_sha) for one in changes[:_LISTED_FILES]])


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", read("pull_requests"))
async def list_pull_commits(call: Call) -> Answer:
    """Oldest first."""
    repo, (_, pull) = call.repository, call.pull
    start = await repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    commits = await repo.git.commits(f"{start}..{pull.head_sha}", limit=_LISTED_COMMITS)
    return call.page_of([commit_shape(call.github.at, repo, one, author_of(call, one)) for one in reversed(commits)])


@route("GET /repos/{owner}/{repo}/compare/{basehead}", read("contents"))
async def compare(call: Call) -> Answer:
    """`base...head`: what head has since the two parted. The commits come in pages, and all of the files with the first."""
    repo, at = call.repository, call.github.at
    base_name, dots, head_name = call.parameters["basehead"].partition("...")
    base, head = await _resolved(call, base_name), await _resolved(call, head_name)
    if not dots or base is None or head is None:
        raise not_found()
    start = await repo.git.merge_base(base, head)
    if start is None:
        raise not_found()
    if call.form in ("diff", "patch"):
        return call.in_form(await (repo.git.patch if call.form == "diff" else repo.git.mails)(start, head))
    ahead, behind = await repo.git.count(f"{start}..{head}"), await repo.git.count(f"{start}..{base}")
    window, links = call.window(ahead, most=_LISTED_COMMITS)
    commits = (await repo.git.commits(f"{start}..{head}", limit=max(ahead, 1)))[::-1][window]
    ends = {name: await repo.git.commit(sha) for name, sha in (("base", base), ("start", start))}
    shapes = {name: commit_shape(at, repo, one, author_of(call, one)) for name, one in ends.items() if one}
    url, page = at.repository(repo), at.page(repo)
    status = "identical" if base == head else "diverged" if ahead and behind else "ahead" if ahead else "behind"
    body: dict[str, Any] = {
        "url": f"{url}/compare/{base_name}...{head_name}",
        "html_url": f"{page}/compare/{base_name}...{head_name}",
        "permalink_url": f"{page}/compare/{base[:12]}...{head[:12]}",
        "diff_url": f"{page}/compare/{base_name}...{head_name}.diff",
        "patch_url": f"{page}/compare/{base_name}...{head_name}.patch",
        "base_commit": shapes["base"],
        "merge_base_commit": shapes["start"],
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit_shape(at, repo, one, author_of(call, one)) for one in commits],
        "files": [changed_file(at, repo, one, head) for one in await repo.git.changes(start, head)]
        if not window.start
        else [],
    }
    return Answer(200, body, links)


def author_of(call: Call, commit: Commit) -> dict[str, Any] | None:
    account = account_behind(call.github, commit)
    return simple_user(call.github.at, account) if account else None


async def _resolved(call: Call, name: str) -> str | None:
    """The commit of `branch`, or of `owner:branch` in any repository of the network, whose commits are then here too."""
    owner, colon, branch = name.partition(":")
    if not colon:
        return await call.repository.git.resolve(name)
    other = in_network(call.github, call.repository, owner)
    sha = await other.git.resolve(branch) if other and may_see(call.actor, other) else None
    if other and sha:
        await call.repository.git.take(other.git, sha)
    return sha
