"""What Harvest says about plans, and about approving them. Pure."""

from __future__ import annotations

from github_app.replies.markdown import code_span
from github_app.text.neutral import neutralise_code


def none_here(command: str) -> str:
    return f"There is no plan here yet. `{command} plan` makes one."


def closed() -> str:
    return "This is closed, so nothing was started. Reopen it, then ask again."


def which_version(command: str, latest: int) -> str:
    return f"Which plan do you mean? `{command} approve v{latest}` approves the latest one. Nothing was started."


def no_such_version(version: int, latest: int) -> str:
    return f"There is no plan v{version} here. The latest is v{latest}. Nothing was started."


def replaced(version: int, latest: int, command: str) -> str:
    return (
        f"Plan v{version} was replaced by v{latest}, so nothing was started. Read that one, then write "
        f"`{command} approve v{latest}`."
    )


def came_after(latest: int, command: str) -> str:
    """Whoever wrote "approve" had not seen the latest plan."""
    return (
        f"Plan v{latest} was posted after you wrote this, so nothing was started. Read it, then write "
        f"`{command} approve v{latest}`."
    )


def came_too_soon(latest: int, command: str) -> str:
    """Whoever said "approve", and not which version, had no time to read the latest plan."""
    return (
        f"Plan v{latest} was posted after this or seconds before, so nothing was started. Read it, then write "
        f"`{command} approve v{latest}`."
    )


def being_revised(command: str) -> str:
    return (
        f"The plan is being worked on, so nothing was started. Wait for the next version, then approve that one; or "
        f"`{command} stop` ends the revision."
    )


def carried_out_already(version: int, pull: int | None) -> str:
    where = f": see #{pull}" if pull is not None else ""
    return f"Plan v{version} was approved and carried out already{where}. Nothing was started."


def being_carried_out(version: int) -> str:
    return f"Plan v{version} was approved before, and is being carried out."


def void(version: int, changed: str, command: str) -> str:
    """`changed` is a sentence without its end."""
    return (
        f"Plan v{version} can't be approved any more: {changed}. Nothing was started. `{command} revise` makes the next "
        f"version of it, from how things are now."
    )


def issue_changed(place: str) -> str:
    what = "issue" if place == "issue" else "pull request"
    return f"the title or text of this {what} was changed since it was made"


def branch_moved(branch: str, before: str, now: str) -> str:
    name = code_span(neutralise_code(branch, max_length=200))
    return f"{name} has moved since it was made, from {code_span(before[:7])} to {code_span(now[:7])}"


def branch_gone(branch: str) -> str:
    return f"the branch {code_span(neutralise_code(branch, max_length=200))} is gone"


def branch_appeared(branch: str) -> str:
    return f"{code_span(neutralise_code(branch, max_length=200))} was pushed since it was made"


def not_in_a_pull(why: str) -> str:
    """`why` can follow a colon."""
    return f"`plan: pull-request` is set, but this plan could not be shown in one: {why}"


def no_such_commit(commit: str, latest: int, command: str) -> str:
    """A review approves a commit that has no version of the plan."""
    return (
        f"You approved {code_span(commit[:7])}, which has no version of the plan, so nothing was started. The latest is "
        f"v{latest}: approve the pull request as it is now, or write `{command} approve v{latest}`."
    )


def pull_moved(branch: str) -> str:
    return f"somebody else pushed to {code_span(neutralise_code(branch, max_length=200))}, which shows it"


def pull_closed(version: int, pull: int, command: str) -> str:
    return (
        f"Plan v{version} was dropped when #{pull} was closed, so nothing was started. Reopen that pull request to approve "
        f"it, or write `{command} revise` for the next version."
    )


def dropped(version: int, thread: int, command: str) -> str:
    """Said on the pull request that showed it, once."""
    return (
        f"Plan v{version} is dropped, because this pull request was closed: nothing will be changed. Reopen it to approve the "
        f"plan after all, or write `{command} revise …` on #{thread} for another version."
    )


def approved(version: int, thread: int) -> str:
    """Said on the pull request that shows it."""
    return (
        f"Plan v{version} is approved, so this pull request is closed without being merged. The work gets another one; "
        f"#{thread} shows how far it is."
    )


def not_replanned(why: str) -> str:
    """`why` is a sentence."""
    return f"The plan is as it was before its review: settling what the review found did not work. {why}"
