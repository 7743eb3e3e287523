"""Check runs: a line in a pull request, and a page of their own with output, annotations and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from emulators.github.model.accounts import Account
from emulators.github.model.checks import CheckRun, CommitStatus
from emulators.github.model.repositories import Repository
from emulators.github.pages.forms import acting_form
from emulators.github.pages.html import Html, el, joined
from emulators.github.pages.layout import moment, repository_link
from emulators.github.pages.markdown import render
from emulators.github.statuses import latest_statuses


def check_rows(repo: Repository, sha: str) -> Html:
    """Of each App and name the newest run, then the latest statuses."""
    runs = {(run.app.id, _name(repo, run)): run for run in repo.check_runs.values() if run.head_sha == sha}
    rows = [_row(repo, run) for run in runs.values()]
    rows += [_status_row(one) for one in latest_statuses(repo, sha)]
    return el("ul", rows, class_="rows") if rows else el("p", "No checks on this commit.", class_="soft")


def check_marks(repo: Repository, sha: str) -> Html:
    """One mark for each check on a commit, leading to it."""
    runs = [run for run in repo.check_runs.values() if run.head_sha == sha]
    link = f"{repository_link(repo)}/runs"
    return joined([el("a", el("span", class_=_mark(run)), href=f"{link}/{run.id}", title=run.name) for run in runs])


def check_page(repo: Repository, run: CheckRun, people: Sequence[Account]) -> Html:
    """All that the check says, and what a person can do with it."""
    output = run.output
    started = joined(["started ", moment(run.started_at)]) if run.started_at else None
    ended = joined([" · completed ", moment(run.completed_at)]) if run.completed_at else None
    link = f"{repository_link(repo)}/runs/{run.id}"
    buttons = [("rerequest", "Re-run"), *((action["identifier"], action["label"]) for action in run.actions)]
    return joined(
        [
            el("h1", el("span", run.name, class_=_mark(run))),
            el("p", f"{run.conclusion or run.status} · {run.app.name} · ", started, ended, class_="soft"),
            acting_form(f"{link}/press", people, [], buttons),
            el("h2", output.get("title") or "Output"),
            el("div", render(output.get("summary"), repository_link(repo)), class_="body"),
            el("div", render(output.get("text"), repository_link(repo)), class_="body"),
            annotation_rows(run),
            el("p", "On commit ", el("code", run.head_sha), f" · external id {run.external_id or 'none'}", class_="soft"),
        ]
    )


def _row(repo: Repository, run: CheckRun) -> Html:
    link = el("a", _name(repo, run), href=f"{repository_link(repo)}/runs/{run.id}", class_="strong")
    said = run.output.get("title") or run.conclusion or run.status
    buttons = [el("span", action["label"], class_="badge", title=action["description"]) for action in run.actions]
    return el("li", el("span", class_=_mark(run)), el("span", link, " ", said, class_="grow"), buttons)


def _name(repo: Repository, run: CheckRun) -> str:
    """A job of a workflow says of which, and what started it."""
    found = repo.actions.job(run.id)
    return f"{found[0].workflow.name} / {run.name} ({found[0].event})" if found else run.name


def _status_row(status: CommitStatus) -> Html:
    said = el("span", el("b", status.context), " ", status.description or status.state, class_="grow")
    mark = {"error": "failure", "pending": "queued"}.get(status.state, status.state)
    return el("li", el("span", class_=f"check {mark}"), said, el("span", status.creator.login, class_="soft"))


def _mark(run: CheckRun) -> str:
    return f"check {run.conclusion or run.status}"


def annotation_rows(run: CheckRun) -> Html | None:
    if not run.annotations:
        return None
    rows = [
        el(
            "li",
            el("code", f"{one['path']}:{one['start_line']}"),
            el("span", one["message"], class_="grow"),
            one["annotation_level"],
        )
        for one in run.annotations
    ]
    return joined([el("h2", "Annotations"), el("ul", rows, class_="rows")])
