"""Submit the review: one submission with its comments on the lines of the difference, which approves nothing.

It is of the commit that was read, also when somebody has pushed meanwhile. What stands on no line that the difference shows is
told in the review's own text, and so is everything where GitHub takes none of the comments.
https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from github_app.domain.ask import PullHead
from github_app.domain.diff_lines import Diff, read_diff
from github_app.domain.ending import JobOver
from github_app.domain.review import Placed, Review, ReviewFinding, Unreadable, counts_of, placed, review_in
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.threads import MAX_PAGES, Thread, create_or_adopt
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.cost_so_far import cost_so_far
from github_app.jobs.job_report import report_of
from github_app.jobs.results import AgentRan, ReviewSubmitted, WorkspacePrepared
from github_app.publish.vet.rules import is_left_to_people
from github_app.replies import endings
from github_app.replies.review import ReviewToSubmit, can_be_shown_as_it_is, inline_comment, review_body, review_marker, told

log = structlog.get_logger()

REVIEWS_A_PAGE = 100


async def submit_review(context: JobContext) -> ReviewSubmitted:
    """Raises JobOver when there is nothing that can be read as a review."""
    pull = context.ask.target.pull
    assert pull is not None  # noqa: S101 - none is queued without
    try:
        text = review_in(context.found(AgentRan).said)
    except Unreadable as problem:
        raise JobOver.of(endings.no_review(str(problem))) from problem
    thread = replace(await context.thread(), number=pull.number)
    head = (await thread.request("GET", f"/pulls/{pull.number}"))["head"]["sha"]
    diff = await difference(context, pull)
    may_suggest = partial(may_be_suggested, context)
    cost_usd = await cost_so_far(context)
    review = ReviewToSubmit(
        job_id=context.job.id,
        asked_by=context.ask.actor.login,
        asked=context.ask.command.shown,
        commit_sha=context.found(WorkspacePrepared).start_sha,
        head_sha=head,
        summary=text.summary,
        findings=placed(text.findings, diff, may_suggest),
        notes=context.notes,
        command=context.services.command_in(context.session.repository_id),
        can_be_resolved=not pull.fork,
        report=msgspec.structs.replace(report_of(context.results), cost_usd=cost_usd),
    )

    async def create() -> int:
        return await submit(thread, review)

    async def find() -> int | None:
        return await find_review(thread, f"{await context.services.identity.slug()}[bot]", review_marker(context.job.id))

    review_id = await create_or_adopt(create, find, look_first=not context.first_try)
    return ReviewSubmitted(
        review=Review(review_id, pull.number, review.commit_sha, counts_of(text.findings)),
        summary=text.summary,
        told=told(text),
        cost_usd=cost_usd,
        seconds=time.time() - (context.job.started_at or context.entered_at),
    )


async def difference(context: JobContext, pull: PullHead) -> Diff:
    """What the commit that was read changes since it left the base branch. GitHub lists 300 files of it, all on the first
    page, and leaves out the lines of very large ones.

    https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    session, services = context.session, context.services
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    between = f"{quote(pull.base_branch, safe='')}...{context.found(WorkspacePrepared).start_sha}"
    path = f"{repository_path(session.repository)}/compare/{between}?per_page=1"
    compared = await services.github.with_token(token.value, "GET", path, job_id=context.job.id)
    return read_diff({file["filename"]: file.get("patch") or "" for file in compared.get("files") or []})


def may_be_suggested(context: JobContext, finding: ReviewFinding) -> bool:
    """What somebody commits at a click is no more than what Harvest would have pushed, and all of it can be seen."""
    assert finding.place is not None  # noqa: S101 - it stands on a line
    protected = context.repository_settings.protected_paths
    return not is_left_to_people(finding.place.path.encode(), protected) and can_be_shown_as_it_is(finding.suggestion)


async def submit(thread: Thread, review: ReviewToSubmit) -> int:
    """The id of the submitted review."""
    try:
        return await post(thread, review, review.commit_sha)
    except Refused as problem:
        if problem.status != 422:
            raise
        # It shows other lines than were counted on, or the commit is none of the pull request's any more.
        log.warning("GitHub does not take the comments of a review on their lines", error=str(problem))
    beside = Placed((), (*review.findings.inline, *review.findings.beside))
    return await post(thread, replace(review, findings=beside), None)


async def post(thread: Thread, review: ReviewToSubmit, commit_sha: str | None) -> int:
    body: dict[str, Any] = {
        "event": "COMMENT",
        "body": review_body(review),
        "comments": [comment_on_its_line(finding) for finding in review.findings.inline],
    }
    if commit_sha is not None:
        body["commit_id"] = commit_sha
    return int((await thread.request("POST", f"/pulls/{thread.number}/reviews", body))["id"])


def comment_on_its_line(finding: ReviewFinding) -> dict[str, Any]:
    place = finding.place
    assert place is not None  # noqa: S101 - it stands on a line
    comment: dict[str, Any] = {
        "path": place.path,
        "line": place.line,
        "side": place.side,
        "body": inline_comment(finding),
    }
    if place.start_line:
        comment |= {"start_line": place.start_line, "start_side": place.side}
    return comment


async def find_review(thread: Thread, login: str, marker: str) -> int | None:
    """Our own review that carries the marker. https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request"""
    for page in range(1, MAX_PAGES + 1):
        query = f"per_page={REVIEWS_A_PAGE}&page={page}"
        listed = await thread.request("GET", f"/pulls/{thread.number}/reviews?{query}")
        for review in listed:
            if (review.get("user") or {}).get("login") == login and marker in (review.get("body") or ""):
                return int(review["id"])
        if len(listed) < REVIEWS_A_PAGE:
            return None
    return None
