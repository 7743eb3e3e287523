"""How a review reads: its own text, and its comments on lines of the difference. Whoever asked is mentioned: who put a label
on does not follow the thread yet. Pure.

Summary, findings and suggestions are the agent's, and neutralised here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from github_app.domain.job_report import JobReport
from github_app.domain.review import Placed, ReviewFinding, ReviewText, counts_of
from github_app.replies.comment import short_request
from github_app.replies.end import mention
from github_app.replies.facts import facts_of
from github_app.replies.markdown import code_span
from github_app.replies.wording import findings_counted
from github_app.text.neutral import neutralise, neutralise_block, neutralise_code, neutralise_line

MAX_SUMMARY_CHARACTERS = 8_000
MAX_SENTENCE_CHARACTERS = 700
MAX_NOTES = 10


@dataclass(frozen=True)
class ReviewToSubmit:
    """`commit_sha` is what was read, and `head_sha` where the pull request is by now. `report` is what the job took so far.
    `can_be_resolved`: what stands on lines can be worked through by a command."""

    job_id: str
    asked_by: str
    asked: str
    commit_sha: str
    head_sha: str
    summary: str
    findings: Placed
    notes: tuple[str, ...]
    report: JobReport
    command: str
    can_be_resolved: bool


def review_marker(job_id: str) -> str:
    """What makes a job's review findable after a crash."""
    return f"<!-- harvest:review:{job_id} -->"


def review_body(review: ReviewToSubmit) -> str:
    """The text of the review itself."""
    inline, beside = review.findings.inline, review.findings.beside
    counts = findings_counted(counts_of([*inline, *beside]))
    parts = [
        f"{review_marker(review.job_id)}\n### 🌾 Review of {code_span(review.commit_sha[:7])}",
        f"{mention(review.asked_by)} asked for {short_request(review.asked, max_length=200)}",
        neutralise(review.summary, max_length=MAX_SUMMARY_CHARACTERS),
        f"**{counts[0].upper()}{counts[1:]}.**",
        "Besides the comments on lines:" if inline and beside else "",
        "\n".join(listed_finding(finding) for finding in beside),
        *(f"> {sentence}" for sentence in [*stale(review), *(short(note) for note in review.notes[:MAX_NOTES])]),
        how_to_go_on(review) if inline and review.can_be_resolved else "",
        f"<sub>{' · '.join(facts)}</sub>" if (facts := facts_of(review.report)) else "",
    ]
    return "\n\n".join(part for part in parts if part)


def how_to_go_on(review: ReviewToSubmit) -> str:
    return f"`{review.command} resolve` works through what stands on the lines and is not resolved."


def stale(review: ReviewToSubmit) -> list[str]:
    if review.head_sha == review.commit_sha:
        return []
    read, now = (code_span(sha[:7]) for sha in (review.commit_sha, review.head_sha))
    return [f"The pull request is at {now} by now. This review is of {read}: what was pushed since was not looked at."]


def listed_finding(finding: ReviewFinding) -> str:
    """One that stands on no line, in a list."""
    place = finding.place
    where = ""
    if place is not None:
        line = f":{place.line}" if place.line else ""
        where = f"{code_span(neutralise_code(f'{place.path}{line}', max_length=200))}: "
    told = [f"- **{finding.severity}** {where}{short(finding.what)}"]
    told += [f"  {reason}" for reason in reasons(finding)]
    return "\n".join(told)


def inline_comment(finding: ReviewFinding) -> str:
    """The comment on its line, with the suggestion if there is one."""
    parts = [f"**{finding.severity}** {short(finding.what)}", *reasons(finding)]
    if finding.suggestion:
        parts.append(suggestion_block(finding.suggestion))
    return "\n\n".join(parts)


def reasons(finding: ReviewFinding) -> list[str]:
    return [f"_{name}:_ {short(said)}" for name, said in (("Why", finding.why), ("Fix", finding.fix)) if said.strip()]


def suggestion_block(suggestion: str) -> str:
    """What GitHub offers to commit, fenced with one backtick more than any run of them in it: no line of it ends the block.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request
    """
    longest = max((len(run) for run in re.findall(r"`+", suggestion)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}suggestion\n{suggestion.removesuffix(chr(10))}\n{fence}"


def can_be_shown_as_it_is(suggestion: str) -> bool:
    """Whether nothing in it is hidden, secret or a sign of Harvest's: what is shown is what would be committed."""
    return neutralise_block(suggestion) == suggestion


def told(review: ReviewText) -> str:
    """All of it as text, for an agent that is to know it. It is cleaned where it is shown to one."""
    lines = [review.summary]
    for finding in review.findings:
        where = f" {finding.place.path}:{finding.place.line}" if finding.place is not None else ""
        lines.append(f"{finding.severity}{where}: {finding.what}\nWhy: {finding.why}\nFix: {finding.fix}")
    return "\n\n".join(lines)


def short(text: str) -> str:
    return neutralise_line(text, max_length=MAX_SENTENCE_CHARACTERS)
