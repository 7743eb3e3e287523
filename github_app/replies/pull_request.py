"""How a pull request reads: its title and body, from the agent's summary and from what Harvest itself saw. Pure."""

from __future__ import annotations

from github_app.replies.check_run import what_was_seen
from github_app.replies.comment import Chapter
from github_app.replies.markdown import code_span, details
from github_app.report_card import TITLE_CHARACTERS
from github_app.text.neutral import neutralise, neutralise_plain

MAX_SUMMARY_CHARACTERS = 20_000
MAX_FOLLOW_UPS = 20


def title_of(agent_title: str, issue_title: str) -> str:
    """The agent's title if it gave one, else the issue's: one line, at most 72 characters, nothing that acts."""
    title = neutralise_plain(" ".join((agent_title or issue_title).split()), max_length=300) or "Changes by Harvest"
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1].rstrip()}…"


def body_of(thread: int, is_issue: bool, chapters: list[Chapter], command: str) -> str:
    """The body. `chapters` are the session's successful jobs, oldest first; the first one opened the pull request."""
    first, follow_ups = chapters[0], chapters[1:]
    parts = [neutralise(first.card.summary, max_length=MAX_SUMMARY_CHARACTERS) or "_The agent gave no summary._"]
    for chapter in follow_ups[-MAX_FOLLOW_UPS:]:
        commit = f" ([{code_span(chapter.commit_sha[:7])}]({chapter.commit_url}))" if chapter.commit_url else ""
        said = neutralise(chapter.card.summary, max_length=4_000)
        parts.append(f"### Then: {code_span(chapter.asked[:200]) or 'once more'}{commit}\n\n{said}")
    if is_issue:
        # The only closing keyword that reaches GitHub: Harvest's own, for the issue the job was asked on.
        parts.append(f"Closes #{thread}")
    for chapter in chapters[-1:]:
        if seen := what_was_seen(chapter.card):
            parts.append(details("What Harvest saw", seen))
    parts.append(
        f"<sub>Written by an agent for {code_span(first.asked_by)}; a person has not read it yet. "
        f"Ask for changes with {code_span(command + ' …')} in a comment.</sub>"
    )
    return "\n\n".join(parts)
