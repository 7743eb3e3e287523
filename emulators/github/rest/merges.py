"""Merging: a pull request, its base into it, any two branches. https://docs.github.com/rest/pulls/pulls#merge-a-pull-request"""

from __future__ import annotations

from emulators.github.access import lacks, read, write
from emulators.github.clock import now
from emulators.github.errors import Refused, forbidden, not_found, unprocessable
from emulators.github.forks import branches_open_to
from emulators.github.git_merges import merged
from emulators.github.git_process import GitFailed
from emulators.github.merging import Merge, author_of, merge, merge_refusal
from emulators.github.model.discussions import Pull
from emulators.github.pushes import ref_moved
from emulators.github.ref_guard import require_rules_of_files, who_is
from emulators.github.rest.pull_diffs import author_of as commit_author
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.commits import commit as commit_shape
from emulators.github.tokens import Person
from emulators.github.updating import update_branch as update_head


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/merge", read("pull_requests"))
async def check_merged(call: Call) -> Answer:
    if call.pull[1].merged_at is None:
        raise not_found()
    return Answer(204)


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", write("contents", role="write"))
async def merge_pull(call: Call) -> Answer:
    asked, (issue, _) = call.body or {}, call.pull
    how = Merge(asked.get("merge_method") or "merge", asked.get("commit_title"), asked.get("commit_message"))
    if refusal := await merge_refusal(call.repository, issue, how.method, asked.get("sha"), who_is(call.actor)):
        raise refusal
    sha = await merge(call.github, call.repository, issue, how, call.account)
    return Answer(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/update-branch", write("pull_requests", role="write"))
async def update_branch(call: Call) -> Answer:
    """Merge the base into the pull request's branch. https://docs.github.com/rest/pulls/pulls#update-a-pull-request-branch"""
    (issue, pull), repo = call.pull, call.repository
    if not _may_push(call, pull):
        raise forbidden("User does not have push access to the head repository.")
    if (call.body or {}).get("expected_head_sha") not in (None, pull.head_sha):
        raise unprocessable("expected head sha didn’t match current head ref.")
    await update_head(call.github, repo, issue, pull, call.account)
    url = f"{call.github.at.repository(repo)}/pulls/{issue.number}"
    return Answer(202, {"message": "Updating pull request branch.", "url": url})


@route("POST /repos/{owner}/{repo}/merges", write("contents", role="write"))
async def merge_branches(call: Call) -> Answer:
    """https://docs.github.com/rest/branches/branches#merge-a-branch"""
    repo, asked = call.repository, call.body
    base, head = str(asked["base"]), str(asked["head"])
    message = str(asked.get("commit_message") or f"Merge {head} into {base}")
    old, new = await repo.git.branch(base), await repo.git.resolve(head)
    if old is None:
        raise Refused(404, "Base does not exist")
    if new is None:
        raise Refused(404, "Head does not exist")
    if await repo.git.is_ancestor(new, old):
        return Answer(204)
    sha = await merged(repo.git, old, new, f"{message}\n", author_of(call.account))
    made = await repo.git.commit(sha) if sha else None
    if made is None:
        raise Refused(409, "Merge conflict")
    ref = f"refs/heads/{base}"
    await require_rules_of_files(repo, call.actor, ref, old, made.sha)
    try:
        await repo.git.update_ref(ref, made.sha, old)
    except GitFailed as moved:
        raise Refused(409, f"{base} was moved at {now().isoformat()}; try again") from moved
    await ref_moved(call.github, repo, ref, old, made.sha, call.account)
    return Answer(201, commit_shape(call.github.at, repo, made, commit_author(call, made), []))


def _may_push(call: Call, pull: Pull) -> bool:
    """To where the head is: with write access there, or as a maintainer of the base when the pull request allows it."""
    head, actor = pull.fork, call.actor
    if head is None or not lacks(actor, head, write("contents", role="write")):
        return True
    return isinstance(actor, Person) and pull.head_ref in branches_open_to(call.github, head, actor.account)
