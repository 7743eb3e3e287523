"""How a job's end is told to whoever asked: a short comment of its own, since an edit of another one notifies nobody. Pure."""

from __future__ import annotations

from github_app.replies import kept_work, question
from github_app.replies.comment import MAX_ANSWER_CHARACTERS, EndedJob, headline
from github_app.replies.facts import facts_of
from github_app.replies.markdown import code_span, counted, details
from github_app.replies.screenshots import screenshots_table
from github_app.text.neutral import neutralise, neutralise_line

MAX_SENTENCE_CHARACTERS = 500
MAX_HAPPENED_CHARACTERS = 1_500


def end_marker(job_id: str) -> str:
    """What makes the comment findable after a crash."""
    return f"<!-- harvest:ended:{job_id} -->"


def end_comment(job_id: str, ended_job: EndedJob, comment_url: str, command: str) -> str:
    """The whole comment; `comment_url` is the session's comment, empty when there is none, and `command` what a command begins
    with there. Whoever asked is mentioned: who put a label on does not follow the thread yet."""
    ending = ended_job.ending
    lines = [f"{end_marker(job_id)}\n{mention(ended_job.asked_by)} {headline(ended_job)}."]
    if ending.outcome == "waiting" and ended_job.report.question is not None:
        lines.append(question.asked(ended_job.report.question, command))
    elif not ended_job.published and not ended_job.answer_url:
        told = neutralise(ending.happened, max_length=MAX_HAPPENED_CHARACTERS)
        advice = neutralise_line(ending.advice, max_length=MAX_SENTENCE_CHARACTERS)
        # Reasons are a list, which a sentence after it would be taken for a part of.
        lines.append(("\n\n" if "\n" in told else " ").join(filter(None, [told, advice])))
        if ending.agent_tells and ended_job.report.said:
            lines.append(neutralise(ended_job.report.said, max_length=MAX_ANSWER_CHARACTERS))
        if taking := kept_work.section(ended_job.report):
            lines += [f"**Kept:** {neutralise_line(ending.kept, max_length=MAX_HAPPENED_CHARACTERS)}", *taking]
    if shown := ended_job.report.screenshots:
        lines.append(details(counted(len(shown), "screenshot"), screenshots_table(shown)))
    facts = facts_of(ended_job.report)
    if comment_url:
        facts.append(f"[more]({comment_url})")
    if facts:
        lines.append(f"<sub>{' · '.join(facts)}</sub>")
    return "\n\n".join(lines)


def mention(login: str) -> str:
    """A person by their name; a bot is told nothing by a mention."""
    return code_span(login) if login.endswith("[bot]") else f"@{login}"
