"""The session's pull request: opened once, adopted if it is there already, its description kept up to date."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from github_app.ending import Ending
from github_app.github.client import repository_path
from github_app.github.failures import Refused
from github_app.github.tokens import Purpose
from github_app.replies.comment import Chapter
from github_app.replies.pull_request import body_of, title_of
from github_app.replies.session_thread import chapter_of
from github_app.replies.thread import Thread, create_or_adopt
from github_app.report_card import ReportCard, sum_of
from github_app.work import Work


async def open_or_update_pull(work: Work, thread: Thread) -> int:
    """The number of the open pull request that carries the session's branch.

    A person's own pull request is left as it is written: only one that Harvest opened has a description of Harvest's.
    """
    if work.on_a_persons_pull:
        return work.session.thread
    chapters = await published_chapters(work)
    whole = await seen_of_the_whole(work, chapters)
    body = body_of(chapters, work.harvest.settings.command, asked_on(work), whole)
    number = work.session.pull_number
    if number is not None and number != work.session.thread:
        updated = await update_pull(work, thread, number, chapters, body)
        if updated["state"] == "open":
            return number
        # That one was merged or closed since: the new work gets one of its own.
    return await create_or_adopt(
        lambda: create_pull(work, thread, body), lambda: find_pull(work, thread), look_first=not work.first_try
    )


async def update_pull(work: Work, thread: Thread, number: int, chapters: list[Chapter], body: str) -> Any:
    """The pull request, with this description; and with the agent's new title, unless a person gave it one."""
    titles = [
        title_of(chapter.card.title, work.request.title, half_way=stopped(chapter.ending))
        for chapter in chapters
        if chapter.card.title or stopped(chapter.ending)
    ]
    changes = {"body": body}
    if titles and (await thread.request("GET", f"/pulls/{number}"))["title"] in titles[:-1]:
        changes["title"] = titles[-1]
    return await thread.request("PATCH", f"/pulls/{number}", changes)


def stopped(ending: Ending | None) -> bool:
    """Whether that was published of a job which came to no end."""
    return ending is not None and ending.outcome == "stopped"


async def seen_of_the_whole(work: Work, chapters: list[Chapter]) -> ReportCard:
    """What was seen of all the jobs on the branch, and all that it changes since it left its base, as GitHub shows it.

    https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    whole = sum_of([chapter.card for chapter in chapters])
    if work.job.detail.get("branch_is_new"):
        return whole  # this job's changes are all there are
    session = work.session
    token = await work.harvest.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    between = f"{quote(session.base_branch or '', safe='')}...{work.job.detail['pushed_sha']}"
    path = f"{repository_path(session.repository)}/compare/{between}"
    compared = await work.harvest.github.with_token(token.value, "GET", path, job_id=work.job.id)
    files = compared["files"]
    added, removed = (sum(int(file[count]) for file in files) for count in ("additions", "deletions"))
    return whole.with_changes(tuple(file["filename"] for file in files), added, removed, int(compared["total_commits"]))


def asked_on(work: Work) -> str:
    """The line that links the pull request with where it was asked for. Its keyword is the only one that reaches GitHub:
    Harvest's own, for an issue that the pull request does away with."""
    return f"{'Closes' if work.session.kind == 'issue' else 'Asked for on'} #{work.session.thread}"


async def published_chapters(work: Work) -> list[Chapter]:
    """The session's jobs that pushed something, this one included, oldest first."""
    jobs = await work.harvest.jobs.of_session(work.session.id)
    chapters = [chapter_of(work.harvest, work.session, job) for job in jobs if job.number <= work.job.number]
    return [chapter for chapter in chapters if chapter is not None and chapter.commit_sha]


async def create_pull(work: Work, thread: Thread, body: str) -> int:
    """Open it, as a draft unless the repository's plan has none."""
    new = {
        "title": title_of(work.card.title, work.request.title, half_way=stopped(work.ending)),
        "head": work.branch,
        "base": work.session.base_branch,
        "body": body,
        "draft": work.harvest.settings.draft or stopped(work.ending),
    }
    try:
        return int((await thread.request("POST", "/pulls", new))["number"])
    except Refused as problem:
        if problem.status == 422 and "draft" in problem.reason.lower() and new["draft"]:
            return int((await thread.request("POST", "/pulls", {**new, "draft": False}))["number"])
        if problem.status == 422 and "already exists" in problem.reason:
            found = await find_pull(work, thread)
            if found is not None:
                return found
        raise


async def find_pull(work: Work, thread: Thread) -> int | None:
    """The open pull request from the session's branch."""
    owner = work.session.repository.partition("/")[0]
    pulls = await thread.request("GET", f"/pulls?state=open&head={quote(f'{owner}:{work.branch}', safe='')}")
    return int(pulls[0]["number"]) if pulls else None
