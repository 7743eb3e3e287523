"""Pull requests, between branches of one repository or from a fork. https://docs.github.com/rest/pulls/pulls"""

from __future__ import annotations

from typing import Any

from emulators.github.access import may_see, read, require, require_authorship, write
from emulators.github.changes import announce, close, edit, reopen
from emulators.github.clock import now
from emulators.github.errors import Refused, not_found, unprocessable
from emulators.github.forks import in_network
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.pull_heads import show_head
from emulators.github.rest.issues import check_text
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.review_places import follow
from emulators.github.shapes.pulls import pull as pull_shape
from emulators.github.shapes.pulls import pull_simple
from emulators.github.tokens import Person

_READ = read("pull_requests")


@route("GET /repos/{owner}/{repo}/pulls", _READ)
async def list_pulls(call: Call) -> Answer:
    """`head` is `owner:branch` and is ignored without its owner, as GitHub does."""
    query, repo = call.query, call.repository
    shown = repo.pulls()
    if (state := query.get("state", "open")) != "all":
        shown = [one for one in shown if one.state == state]
    owner, colon, branch = str(query.get("head", "")).partition(":")
    if colon:
        shown = [one for one in shown if one.pull and one.pull.head_ref == branch]
        shown = [one for one in shown if (_head_repository(repo, one).owner.login.lower()) == owner.lower()]
    if base := query.get("base"):
        shown = [one for one in shown if one.pull and one.pull.base_ref == base]
    key = query.get("sort", "created")
    shown.sort(key=lambda one: (one.updated_at if key == "updated" else one.created_at, one.number))
    if query.get("direction", "desc" if key == "created" else "asc") == "desc":
        shown.reverse()
    answer = call.page_of(shown)
    return Answer(200, [pull_simple(call.github.at, repo, one) for one in answer.body], answer.headers)


@route("POST /repos/{owner}/{repo}/pulls", write("pull_requests", role="read"))
async def create_pull(call: Call) -> Answer:
    repo, asked, github = call.repository, call.body, call.github
    base, may_modify, draft = str(asked["base"]), bool(asked.get("maintainer_can_modify", True)), bool(asked.get("draft"))
    source, head = _head(call, str(asked["head"]), asked.get("head_repo"))
    if isinstance(call.actor, Person):
        require(call.actor, source, write("contents", role="write"))
    head_sha, base_sha = await source.git.branch(head), await repo.git.branch(base)
    for field, sha in (("head", head_sha), ("base", base_sha)):
        if sha is None:
            raise unprocessable(resource="PullRequest", field=field, code="invalid")
    if head_sha is None or base_sha is None:  # said to the type checker: both were looked at above
        raise not_found()
    title = asked.get("title")
    await repo.git.take(source.git, head_sha)
    check_text(title, asked.get("body"))
    if await repo.git.count(f"{base_sha}..{head_sha}") == 0:
        raise _custom(f"No commits between {base} and {head}")
    for other in repo.pulls():
        branches = (other.pull.head_ref, other.pull.base_ref) if other.pull else None
        if other.state == "open" and branches == (head, base) and _head_repository(repo, other) is source:
            raise _custom(f"A pull request already exists for {source.owner.login}:{head}.")
    moment = now()
    issue = Issue(
        github.store.new_id("issue"),
        repo.next_number,
        str(title),
        asked.get("body"),
        call.account,
        moment,
        moment,
        call.via_app,
    )
    issue.pull = Pull(
        id=github.store.new_id("pull"),
        head_ref=head,
        head_sha=head_sha,
        base_ref=base,
        base_sha=base_sha,
        draft=draft,
        maintainer_can_modify=may_modify and source is not repo,
        fork=None if source is repo else source,
    )
    repo.issues[issue.number] = issue
    await show_head(repo, issue, issue.pull)
    await announce(github, "opened", repo, issue, call.account)
    shape = await _shape(call, issue)
    return Answer(201, shape, {"location": shape["url"]})


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}", _READ)
async def get_pull(call: Call) -> Answer:
    issue, pull = call.pull
    if call.form in ("diff", "patch"):
        git = call.repository.git
        start = await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
        return call.in_form(await (git.patch if call.form == "diff" else git.mails)(start, pull.head_sha))
    return Answer(200, await _shape(call, issue))


@route("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", write("pull_requests", role="read"))
async def update_pull(call: Call) -> Answer:
    github, repo, asked = call.github, call.repository, call.body or {}
    issue, pull = call.pull
    require_authorship(call.actor, repo, issue.author, "triage")
    check_text(asked.get("title", issue.title), asked.get("body"))
    await edit(github, repo, issue, call.account, asked.get("title"), asked.get("body"))
    if "maintainer_can_modify" in asked and pull.fork:
        pull.maintainer_can_modify = bool(asked["maintainer_can_modify"])
    if (base := asked.get("base")) and base != pull.base_ref:
        sha = await repo.git.branch(base)
        if sha is None:
            raise unprocessable(resource="PullRequest", field="base", code="invalid")
        before = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        pull.base_ref, pull.base_sha = base, sha
        await follow(repo, pull)
        await announce(github, "edited", repo, issue, call.account, changes={"base": before})
    if asked.get("state") == "closed":
        await close(github, repo, issue, call.account)
    elif asked.get("state") == "open" and issue.state == "closed":
        source = pull.fork or repo
        if pull.merged_at or source.deleted or await source.git.branch(pull.head_ref) is None:
            raise _custom("state cannot be changed. The pull request was merged or its branch was deleted.")
        await reopen(github, repo, issue, call.account)
    return Answer(200, await _shape(call, issue))


def _head(call: Call, head: str, name: str | None) -> tuple[Repository, str]:
    """`branch` of this repository, or `owner:branch` of one in its network; `name` is that one's, if an owner has several."""
    owner, colon, branch = head.partition(":")
    if not colon:
        return call.repository, head
    found = in_network(call.github, call.repository, owner, name)
    if found is None or not may_see(call.actor, found):
        raise unprocessable(resource="PullRequest", field="head", code="invalid")
    return found, branch


def _head_repository(repo: Repository, issue: Issue) -> Repository:
    return (issue.pull.fork if issue.pull else None) or repo


def _custom(message: str) -> Refused:
    return unprocessable(resource="PullRequest", code="custom", message=message)


async def _shape(call: Call, issue: Issue) -> dict[str, Any]:
    return pull_shape(call.github.at, call.repository, issue, await call.github.pull_facts(call.repository, issue))
