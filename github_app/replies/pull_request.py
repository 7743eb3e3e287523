"""How a pull request reads: its title and body, from the agent's words and from what Harvest itself saw. Pure."""

from __future__ import annotations

import hashlib
import re

from github_app.domain.job_report import TITLE_CHARACTERS, JobReport
from github_app.replies.comment import EndedJob, short_request
from github_app.replies.evidence import tests_seen
from github_app.replies.markdown import code_span, counted, details, dollars
from github_app.replies.screenshots import screenshots_table
from github_app.replies.seen import what_was_seen
from github_app.text.claims import without_claims
from github_app.text.neutral import neutralise, neutralise_plain

MAX_SUMMARY_CHARACTERS = 20_000
MAX_FOLLOW_UP_CHARACTERS = 4_000
MAX_HEADING_CHARACTERS = 80

# GitHub refuses a body over 65,536 characters, and a session may have any number of follow-ups.
MAX_BODY_CHARACTERS = 60_000
# What a template may come to with all in it that acts made harmless.
MAX_TEMPLATE_CHARACTERS = 24_000

HALF_WAY = "Stopped half-way: "
NOT_FILLED_IN = "_The agent did not fill in this repository's template, which follows as it is._"

# Ends a body of Harvest's, with a digest of what stands before it: whoever changes a word breaks it.
_SEAL = re.compile(r"\n*<!-- harvest:body:(?P<digest>[0-9a-f]{16}) -->\s*\Z")


def title_of(agent_title: str, issue_title: str, *, half_way: bool = False) -> str:
    """The agent's title if it gave one, else the issue's: one line, at most 72 characters, nothing that acts. `half_way`
    work is called so."""
    title = neutralise_plain(" ".join((agent_title or issue_title).split()), max_length=300)
    title = without_claims(title) or "Changes by Harvest"
    title = HALF_WAY + title if half_way else title
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1].rstrip()}…"


def body_of(ended_jobs: list[EndedJob], command: str, asked_on: str, whole: JobReport, template: str = "") -> str:
    """The body. `ended_jobs` are the session's successful jobs, oldest first; the first one opened the pull request.
    `asked_on` is a line of Harvest's own on the issue or pull request that it is for, `whole` what was seen of all of them
    together. `template` is the repository's, empty without one."""
    seen = what_was_seen(whole)
    cost = f", which cost {dollars(whole.cost_usd)}" if whole.seconds else ""
    table = screenshots_table(whole.screenshots)
    end = [
        *([f"### Screenshots\n\n{table}"] if table else []),
        *([seen_of_tests] if (seen_of_tests := tests_seen(whole)) else []),
        asked_on,
        *([details("What Harvest saw", seen)] if seen else []),
        f"<sub>Written by an agent for {code_span(ended_jobs[0].asked_by)}{cost}; a person has not read it yet. "
        f"Ask for changes with {code_span(command + ' …')} in a comment.</sub>",
    ]
    # Who squashes may take this text for the commit's message.
    filled = without_claims(neutralise(whole.filled if template else "", max_length=MAX_TEMPLATE_CHARACTERS))
    if filled:
        return sealed("\n\n".join([filled, *end]))
    if template:
        end.insert(0, f"{NOT_FILLED_IN}\n\n{neutralise(template, max_length=MAX_TEMPLATE_CHARACTERS)}")
    summary = without_claims(neutralise(ended_jobs[0].report.summary, max_length=MAX_SUMMARY_CHARACTERS))
    summary = summary or "_The agent gave no summary._"
    room = MAX_BODY_CHARACTERS - sum(map(len, [summary, *end]))
    return sealed("\n\n".join([summary, *latest_that_fit([follow_up(job) for job in ended_jobs[1:]], room), *end]))


def sealed(body: str) -> str:
    return f"{body}\n\n<!-- harvest:body:{digest_of(body)} -->"


def is_as_written(body: str) -> bool:
    """Whether this body is one of Harvest's that nobody has changed."""
    found = _SEAL.search(body)
    return found is not None and found["digest"] == digest_of(body[: found.start()])


def digest_of(body: str) -> str:
    """Ends of lines count for nothing: GitHub may hand them back as another kind."""
    lines = "\n".join(line.rstrip() for line in body.strip().splitlines())
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def follow_up(ended_job: EndedJob) -> str:
    """What a later job of the session added."""
    commit = f" ([{code_span(ended_job.report.pushed_sha[:7])}]({ended_job.commit_url}))" if ended_job.commit_url else ""
    summary = without_claims(neutralise(ended_job.report.summary, max_length=MAX_FOLLOW_UP_CHARACTERS))
    asked = short_request(ended_job.asked, max_length=MAX_HEADING_CHARACTERS) or "once more"
    return f"### Then: {asked}{commit}\n\n{summary}"


def latest_that_fit(sections: list[str], room: int) -> list[str]:
    """As many of the latest sections as have room, and a line that counts the rest."""
    fitting: list[str] = []
    for section in reversed(sections):
        room -= len(section) + len("\n\n")
        if room < 0:
            left_out = len(sections) - len(fitting)
            return [f"_{counted(left_out, 'earlier follow-up')} left out here._", *fitting]
        fitting.insert(0, section)
    return fitting
