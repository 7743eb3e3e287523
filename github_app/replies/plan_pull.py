"""How a plan reads that is shown in a pull request: the pull request's title and text, and the comment that tells whoever
asked. The plan itself is the pull request's one file, so that people can comment on its lines. Pure."""

from __future__ import annotations

from github_app.domain.plan import Plan
from github_app.replies.comment import short_request
from github_app.replies.end import mention
from github_app.replies.markdown import code_span
from github_app.replies.plan import MAX_SHOWN_CHARACTERS, PlanToPost, facts, plan_marker, said_of_it
from github_app.replies.pull_request import sealed, title_of
from github_app.replies.wording import THE_ISSUE
from github_app.text.neutral import neutralise, neutralise_code

# What the title of a pull request begins with that shows a plan.
PLAN_TITLE = "[PLAN] "


def plan_pull_title(agent_title: str, issue_title: str) -> str:
    return PLAN_TITLE + title_of(agent_title, issue_title)


def plan_file_content(text: str) -> str:
    """The plan as people read it, and approve it."""
    return f"{neutralise(text, max_length=MAX_SHOWN_CHARACTERS)}\n"


def plan_commit_message(version: int, thread: int) -> str:
    """Its checks would try what is on the base branch already: https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs"""
    return f"Plan v{version} for #{thread}\n\nNothing but the plan changes here.\n\n[skip ci]\n"


def plan_pull_body(plan: PlanToPost, thread: int, file_url: str) -> str:
    """The whole text of the pull request; `thread` is the issue that the plan is for."""
    asked = short_request(plan.asked, max_length=200) or THE_ISSUE
    parts = [
        f"[Plan v{plan.version}]({file_url}) for #{thread}: {code_span(plan.asked_by)} asked for {asked}.",
        how_to_approve(plan, thread),
        "---",
        *said_of_it(plan),
        f"<sub>{' · '.join(facts(plan))}</sub>",
    ]
    return sealed("\n\n".join(part for part in parts if part))


def how_to_approve(plan: PlanToPost, thread: int) -> str:
    base = code_span(neutralise_code(plan.base_branch, max_length=200))
    return (
        f"**Nothing is changed until this version is approved:** approve this pull request in a review, or write "
        f"`{plan.command} approve v{plan.version}`. Then it is closed without being merged, and the work begins on another "
        f"branch. Write `{plan.command} revise …`, in a comment or with what a review notes on lines, and the next version is "
        f"pushed here. Closing this pull request drops the plan. An approval is void once {base} or #{thread} has changed."
    )


def plan_pull_comment(plan: PlanToPost, shown: Plan, changes_url: str) -> str:
    """The comment where it was asked. `changes_url` compares the version with the one before, empty for the first."""
    what = f": [what changed since v{plan.version - 1}]({changes_url})" if changes_url else ""
    parts = [
        f"{plan_marker(plan.job_id)}\n{mention(plan.asked_by)} Plan v{plan.version} is in #{shown.pull}{what}.",
        f"Nothing is changed until it is approved there, or with `{plan.command} approve v{plan.version}` here.",
        f"<sub>{' · '.join(facts(plan))}</sub>",
    ]
    return "\n\n".join(parts)
