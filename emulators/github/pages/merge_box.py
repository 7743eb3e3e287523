"""What stands between a pull request and its base, and the buttons that merge it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from emulators.github.auto_merging import disable, enable
from emulators.github.clock import now
from emulators.github.control.asking import github_of
from emulators.github.errors import Refused, not_found
from emulators.github.merging import Merge, merge, merge_refusal
from emulators.github.model.accounts import Account
from emulators.github.model.auto_merge import AutoMerge
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.merge_settings import MergeMethod
from emulators.github.model.repositories import Repository
from emulators.github.pages.forms import acting_as, acting_form, fields_of, issue_of
from emulators.github.pages.html import Html, el
from emulators.github.pages.layout import issue_link
from emulators.github.rules.demands import Who, demands_on
from emulators.github.rules.merges import standing_of, unmet
from emulators.github.rules.results import results_on
from emulators.github.service import GitHub
from emulators.github.updating import update_branch

_METHODS: dict[MergeMethod, str] = {"merge": "Merge", "squash": "Squash and merge", "rebase": "Rebase and merge"}
_WORDS = {
    "clean": ("success", "This branch has no conflicts with the base branch."),
    "unstable": ("success", "Some checks have not passed, and none of them is required."),
    "dirty": ("failure", "This branch has conflicts that must be resolved."),
    "blocked": ("failure", "Merging is blocked."),
    "behind": ("failure", "This branch is out of date with the base branch."),
    "draft": ("neutral", "This pull request is still a draft."),
    "unknown": ("queued", "Whether this branch can be merged is being found out."),
}


async def merge_box(github: GitHub, repo: Repository, issue: Issue, pull: Pull, people: Sequence[Account]) -> Html | None:
    """How it stands, what is missing, and a button for each way that the repository allows; nothing once it is closed."""
    if issue.state == "closed":
        return None
    facts = await github.pull_facts(repo, issue)
    mark, words = _WORDS[facts.mergeable_state]
    behind = not await repo.git.is_ancestor(pull.base_sha, pull.head_sha)
    standing = standing_of(repo, pull, behind=behind, results=results_on(repo, pull.head_sha))
    missing = unmet(demands_on(repo, f"refs/heads/{pull.base_ref}", None, merging=True), standing)
    rows = [el("li", el("span", class_=f"check {mark}"), el("span", words, class_="grow"))]
    rows += [el("li", el("span", class_="check failure"), el("span", one.sentence, class_="grow")) for one in missing]
    if asked := pull.auto_merge:
        said = f"{asked.enabled_by.login} has asked for it to be merged by itself ({asked.method})."
        rows.append(el("li", el("span", class_="check queued"), el("span", said, class_="grow")))
    buttons: list[tuple[str, str]] = [(method, text) for method, text in _METHODS.items() if method in repo.merging.methods]
    if behind:
        buttons.append(("update", "Update branch"))
    if pull.auto_merge:
        buttons.append(("no-auto", "Disable auto-merge"))
    elif repo.merging.auto_merge:
        buttons.append(("auto", "Enable auto-merge"))
    return el(
        "div", el("ul", rows, class_="rows"), acting_form(f"{issue_link(repo, issue)}/merge", people, [], buttons), id="merge"
    )


async def act(request: Request) -> Response:
    """As somebody presses it on GitHub's page, with that person's rights."""
    github, repo, issue = github_of(request), *issue_of(request)
    pull, asked = issue.pull, await fields_of(request)
    if pull is None:
        raise not_found()
    try:
        who = acting_as(request, asked, repo, "write")
        match asked.get("do"):
            case "merge" | "squash" | "rebase" as method:
                if refusal := await merge_refusal(repo, issue, method, None, Who(who)):
                    raise refusal
                await merge(github, repo, issue, Merge(method), who)
            case "update":
                await update_branch(github, repo, issue, pull, who)
            case "auto":
                await enable(github, repo, issue, pull, AutoMerge(who, now(), "merge"))
            case "no-auto":
                await disable(github, repo, issue, pull, who, "Auto-merge was disabled by somebody")
    except Refused as refused:
        return PlainTextResponse(refused.message, refused.status)
    return RedirectResponse(f"{issue_link(repo, issue)}#merge", 303)
