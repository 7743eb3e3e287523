"""An issue, a pull request, and a check run, each on its page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from emulators.github.control.asking import github_of
from emulators.github.errors import not_found
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.pages.checks import check_marks, check_page, check_rows
from emulators.github.pages.diff import counts, diff
from emulators.github.pages.discussion import discussion
from emulators.github.pages.forms import acting_form, issue_of, people_of, repository_on_page
from emulators.github.pages.html import Html, el
from emulators.github.pages.layout import author, label_chip, page, repository_link, repository_trail, state_badge
from emulators.github.pages.merge_box import merge_box
from emulators.github.pages.review_forms import review_form, thread_form
from emulators.github.pages.reviews import marks_in_diff, reviewers
from emulators.github.pages.workflow_runs import run_link
from emulators.github.rules.results import results_on


async def issue_page(request: Request) -> Response:
    repo, issue = issue_of(request)
    if issue.pull:
        return await pull_page(request)
    opened = el("p", state_badge(issue), " ", author(issue.author), " opened this issue", class_="soft")
    return page(
        f"{issue.title} · Issue #{issue.number}",
        _title(issue),
        opened,
        _labels(issue),
        _assignees(issue),
        discussion(issue, repository_link(repo)),
        _acting(request, repo, issue),
        trail=repository_trail(repo),
    )


async def pull_page(request: Request) -> Response:
    repo, issue, pull = _pull(request)
    start = await repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = await repo.git.changes(start, pull.head_sha)
    commits = await repo.git.commits(f"{start}..{pull.head_sha}")
    checks = len(results_on(repo, pull.head_sha))
    link, people = repository_link(repo), people_of(request)
    rows = [
        el(
            "li",
            el("a", el("code", one.sha[:7]), href=f"{link}/commit/{one.sha}"),
            el("span", one.message.split("\n")[0], class_="grow"),
            check_marks(repo, one.sha),
            el("span", one.author.name, class_="soft"),
        )
        for one in reversed(commits)
    ]
    opened = el(
        "p",
        state_badge(issue),
        " ",
        author(issue.author),
        f" wants to merge {len(commits)} commit{'' if len(commits) == 1 else 's'} into ",
        el("code", pull.base_ref),
        " from ",
        el("code", f"{pull.fork.owner.login}:{pull.head_ref}" if pull.fork else pull.head_ref),
        class_="soft",
    )
    tabs = [("conversation", "Conversation"), ("checks", f"Checks {checks}"), ("commits", f"Commits {len(commits)}")]
    tabs.append(("files", f"Files changed {len(changes)}"))
    return page(
        f"{issue.title} · Pull request #{issue.number}",
        _title(issue),
        opened,
        _labels(issue),
        _assignees(issue),
        reviewers(issue, pull),
        el("nav", [el("a", text, href=f"#{anchor}") for anchor, text in tabs], " ", counts(changes), class_="tabs"),
        discussion(issue, link, lambda thread: thread_form(repo, issue, thread, people)),
        el("h2", "Checks", id="checks"),
        check_rows(repo, pull.head_sha),
        await merge_box(github_of(request), repo, issue, pull, people),
        _acting(request, repo, issue),
        el("h2", "Commits", id="commits"),
        el("ul", rows, class_="rows"),
        el("h2", "Files changed", id="files"),
        diff(changes, marks_in_diff(pull)),
        review_form(repo, issue, [change.path for change in changes], people),
        trail=repository_trail(repo),
    )


async def pull_diff(request: Request) -> Response:
    repo, _, pull = _pull(request)
    start = await repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return PlainTextResponse(await repo.git.patch(start, pull.head_sha))


async def run_page(request: Request) -> Response:
    repo = repository_on_page(request)
    run = repo.check_runs.get(request.path_params["run"])
    if run is None:
        raise not_found()
    if found := repo.actions.job(run.id):
        return RedirectResponse(f"{run_link(repo, found[0])}/job/{run.id}")
    return page(f"{run.name} · {repo.full_name}", check_page(repo, run, people_of(request)), trail=repository_trail(repo))


def _title(issue: Issue) -> Html:
    return el("h1", issue.title, el("span", f" #{issue.number}", class_="number"))


def _labels(issue: Issue) -> Html | None:
    return el("p", [label_chip(label) for label in issue.labels]) if issue.labels else None


def _assignees(issue: Issue) -> Html | None:
    if not issue.assignees:
        return None
    return el("p", "Assignees ", [el("span", author(one), " ") for one in issue.assignees], class_="soft")


def _acting(request: Request, repo: Repository, issue: Issue) -> Html:
    """What a person can do here, as on GitHub: comment, label, close."""
    target = f"{repository_link(repo)}/issues/{issue.number}/act"
    fields = [
        el("textarea", name="body", placeholder="Add a comment", aria_label="comment"),
        el("input", name="label", placeholder="a label", aria_label="label", list="labels", size="14"),
        el("datalist", [el("option", value=label.name) for label in repo.labels.values()], id="labels"),
    ]
    ending = ("close", "Close") if issue.state == "open" else ("reopen", "Reopen")
    return acting_form(target, people_of(request), fields, [("comment", "Comment"), ("label", "Add label"), ending])


def _pull(request: Request) -> tuple[Repository, Issue, Pull]:
    repo, issue = issue_of(request)
    if issue.pull is None:
        raise not_found()
    return repo, issue, issue.pull
