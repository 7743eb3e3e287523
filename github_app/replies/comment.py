"""How a session's one comment reads: what runs now, then how each request ended, the latest first. Pure.

Whatever the agent or a person wrote is neutralised here, so that a caller can't forget it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.domain.session_status import WaitingJob
from github_app.replies.at_work import NowRunning, doing_line, plan_of
from github_app.replies.evidence import tests_in_short
from github_app.replies.facts import facts_of
from github_app.replies.kept_work import HOW_TO_TAKE, PATCH_SUMMARY
from github_app.replies.markdown import code_block, code_span, counted, details
from github_app.replies.seen import commands_seen, files_seen
from github_app.replies.tools import tools_line
from github_app.replies.wording import (
    RECALLS,
    RUNNING,
    STARTED_FROM,
    THE_ISSUE,
    blocked,
    how_to_go_on,
    how_to_meddle,
    waiting_behind,
)
from github_app.replies.wording import headline as headline_words
from github_app.text.neutral import neutralise, neutralise_code, neutralise_line

# GitHub refuses a comment over 65,536 characters; what is useful in one is far shorter.
MAX_SUMMARY_CHARACTERS = 12_000
MAX_ANSWER_CHARACTERS = 40_000
MAX_EARLIER = 10
MAX_NOTES = 10
MAX_WAITING_SHOWN = 20


@dataclass(frozen=True)
class EndedJob:
    """One job in the comment. `asked` is what was asked, in the person's words; the links are full URLs or empty. The answer
    to a question stands in a comment of its own, at `answer_url`, and so do a plan and a review."""

    asked_by: str
    asked: str
    ending: Ending
    report: JobReport
    pull_url: str = ""
    commit_url: str = ""
    answer_url: str = ""

    @property
    def published(self) -> bool:
        """Whether it came through with something on the pull request."""
        return self.ending.outcome == "succeeded" and not self.report.answers(self.ending)


def marker(session_id: str) -> str:
    """What makes a session's comment findable after a crash between writing it and remembering its number."""
    return f"<!-- harvest:session:{session_id} -->"


def session_comment(
    session_id: str,
    now: NowRunning | None,
    waiting: Sequence[WaitingJob],
    ended_jobs: Sequence[EndedJob],
    *,
    command: str,
    pull_url: str = "",
) -> str:
    """The whole comment; `ended_jobs` are the session's ended jobs, newest first, `waiting` the jobs that queue behind.
    `command` is what a command begins with here; `pull_url` the pull request that Harvest opened, empty without one."""
    parts = [marker(session_id)]
    if now is not None:
        parts.append(running_section(now))
    elif ended_jobs:
        parts.append(ended_section(ended_jobs[0]))
    if pull_url and (now is not None or not ended_jobs[0].published):
        parts.append(f"The work so far is on {pull_link(pull_url)}.")
    if waiting:
        parts.append(details(waiting_behind(len(waiting)), waiting_list(waiting)))
    earlier = ended_jobs if now is not None else ended_jobs[1:]
    if earlier:
        rows = "\n".join(f"- {earlier_line(ended_job)}" for ended_job in earlier[:MAX_EARLIER])
        if len(earlier) > MAX_EARLIER:
            rows += f"\n- and {len(earlier) - MAX_EARLIER} before that"
        parts.append(details("Earlier in this session", rows))
    parts.append(f"<sub>{how_to_meddle(command) if now is not None else how_to_go_on(command, has_pull=bool(pull_url))}</sub>")
    return "\n\n".join(parts)


def waiting_list(waiting: Sequence[WaitingJob]) -> str:
    """By the numbers that `queue drop` takes."""
    rows = "\n".join(f"{at}. {asked_line(job.asked_by, job.asked)}" for at, job in enumerate(waiting[:MAX_WAITING_SHOWN], 1))
    left_out = len(waiting) - MAX_WAITING_SHOWN
    return f"{rows}\n\nand {left_out} more" if left_out > 0 else rows


def running_section(now: NowRunning) -> str:
    lines = [f"### 🌾 {RUNNING}", asked_line(now.asked_by, now.asked)]
    lines += [plan_of(now), doing_line(now)]
    return "\n\n".join(line for line in lines if line)


def ended_section(ended_job: EndedJob) -> str:
    ending, report = ended_job.ending, ended_job.report
    lines = [f"### 🌾 {headline(ended_job)}", asked_line(ended_job.asked_by, ended_job.asked)]
    if report.said and (ending.outcome == "no_change" or ending.agent_tells):
        lines.append(neutralise(report.said, max_length=MAX_ANSWER_CHARACTERS))
    if report.summary and ended_job.published:
        lines.append(neutralise(report.summary, max_length=MAX_SUMMARY_CHARACTERS))
        lines.append(tests_in_short(report))
    if not ended_job.published and not ended_job.answer_url:
        lines.append(neutralise(ending.happened, max_length=2_000))
    if ending.kept:
        # What waits for a person stands in a comment that the next request does not edit.
        where = f" {HOW_TO_TAKE}" if report.steps else ""
        lines.append(f"**Kept:** {neutralise_line(ending.kept, max_length=1_000)}{where}")
    if report.patch and not report.steps:
        lines.append(details(PATCH_SUMMARY, code_block(report.patch, "diff")))
    if ending.advice:
        lines.append(f"**What to do:** {neutralise_line(ending.advice, max_length=1_000)}")
    if report.blocked_hosts:
        lines.append(blocked(report.blocked_hosts, report.egress))
    if report.tools:
        lines.append(tools_line(report.tools))
    lines += [f"> {neutralise_line(note, max_length=500)}" for note in report.notes[:MAX_NOTES]]
    seen = [part for part in (commands_seen(report), files_seen(report)) if part]
    if seen and not ended_job.published:  # elsewhere its pull request has it
        lines.append(details("What Harvest saw", "\n\n".join(seen)))
    lines.append(facts_line(ended_job))
    return "\n\n".join(line for line in lines if line)


def headline(ended_job: EndedJob) -> str:
    words = headline_words(ended_job.ending, ended_job.report)
    if ended_job.answer_url:
        return f"{words}: {answer_link(ended_job)}"
    if ended_job.published and ended_job.pull_url:
        return f"{words}: {pull_link(ended_job.pull_url)}"
    return words


def pull_link(url: str) -> str:
    return f"[pull request #{url.rpartition('/')[2]}]({url})"


def answer_link(ended_job: EndedJob) -> str:
    report = ended_job.report
    what = "the plan" if report.plan is not None else "the review" if report.review is not None else "the answer"
    return f"[{what}]({ended_job.answer_url})"


def facts_line(ended_job: EndedJob) -> str:
    """Time, cost, model, commit: one quiet line."""
    report = ended_job.report
    facts = facts_of(report)
    if report.files:
        facts.append(counted(len(report.files), "file"))
    if report.started_from:
        facts.append(STARTED_FROM[report.started_from])
    if report.recalls:
        facts.append(RECALLS[report.recalls])
    if ended_job.commit_url:
        facts.append(f"[{code_span(ended_job.report.pushed_sha[:7])}]({ended_job.commit_url})")
    return f"<sub>{' · '.join(facts)}</sub>" if facts else ""


def earlier_line(ended_job: EndedJob) -> str:
    commit = f" · [{code_span(ended_job.report.pushed_sha[:7])}]({ended_job.commit_url})" if ended_job.commit_url else ""
    answer = f" · {answer_link(ended_job)}" if ended_job.answer_url else ""
    words = headline_words(ended_job.ending, ended_job.report)
    return f"{words}: {asked_line(ended_job.asked_by, ended_job.asked)}{commit}{answer}"


def asked_line(asked_by: str, asked: str) -> str:
    """Who asked for what, on one line; a login is shown as code, so that nobody is mentioned by an edit."""
    what = short_request(asked, max_length=200) or THE_ISSUE
    return f"{code_span(asked_by)} asked for {what}"


def short_request(asked: str, *, max_length: int) -> str:
    """The first line of what was asked, as code; an ellipsis says that there is more. Empty when nothing was."""
    first, _, rest = asked.strip().partition("\n")
    return code_span(neutralise_code(f"{first.rstrip()} …" if rest.strip() else first, max_length=max_length))
