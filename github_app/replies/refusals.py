"""Why a request is not carried out, and what its writer can do about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.replies.markdown import code_span, dollars
from github_app.settings.environment import known_variables
from github_app.settings.repository import SETTINGS_FILE
from github_app.text.neutral import neutralise_code
from state.budgets import Budget
from state.columns import to_dollars


def may_not_ask(login: str, command: str) -> str:
    return (
        f"Sorry {login}, asking Harvest takes write permission on this repository. "
        f"Someone who has it can write `{command}` here. "
        "(If you were given it just now: it counts within five minutes.)"
    )


def may_not_by_setting(login: str, setting: str) -> str:
    return f"Sorry {login}, `{setting}` in `{SETTINGS_FILE}` on the default branch leaves this to others."


def fork_pull_request(command: str, verb: str) -> str:
    return (
        f"This pull request comes from a fork, where `{command} {verb}` does not work: a GitHub App can't push to a fork's "
        f"branch. `{command} ask …`, `{command} plan …` and `{command} review` work here, and `{command} …` does its work on "
        "a branch of its own. For the rest, push the branch to this repository and ask on a pull request from there."
    )


def settings_unusable(problem: str, branch: str) -> str:
    """`problem` may hold a part of the file."""
    why, where = code_span(neutralise_code(problem, max_length=500)), code_span(neutralise_code(branch, max_length=200))
    return (
        f"Nothing was started: `{SETTINGS_FILE}` on {where} can't be used, and nothing is done by half of its settings. "
        f"Mend it, then ask again: {why}"
    )


def limit_not_kept(kind: str) -> str:
    return (
        f"Nothing was started: `{SETTINGS_FILE}` asks for `egress.kind: {kind}`, and sandboxes here can't be held to that. "
        "An operator finds out why with `harvest doctor`."
    )


def what_is_spent(budget: Budget) -> str:
    """Without its end, and beginning with a small letter."""
    spent, limit = to_dollars(budget.spent_microdollars), to_dollars(budget.limit_microdollars)
    return f"{budget.whose} has spent {dollars(spent)} of a budget of {dollars(limit)} {budget.period}".rstrip()


def who_can_raise(setting: str) -> str:
    """Of a limit that this setting has: the operator's, the repository's, or an option of the command."""
    if setting in known_variables():
        return f"Whoever runs this Harvest can raise it: `{setting}`."
    if setting.startswith("--"):
        return f"Ask again with a larger `{setting}`."
    return f"A maintainer can raise it: `{setting}` in `{SETTINGS_FILE}` on the default branch."


def cannot_be_paid(budget: Budget) -> str:
    return f"Nothing was started: {what_is_spent(budget)}. {who_can_raise(budget.set_by)}"


def nothing_to_review(command: str) -> str:
    return f"There is nothing to review here: this issue has no pull request of Harvest's. `{command} review` works on any."


def not_to_be_reviewed(pull: int, why: str) -> str:
    """`why` is "closed" or "locked"."""
    return f"There is nothing to review here: pull request #{pull} is {why}."


def closed_pull_request() -> str:
    return "This pull request is closed. Reopen it, or ask on an issue."


def closed_since() -> str:
    return "This was closed before the request was read. Nothing was started: ask again if it is still wanted."


def say_more(missing: str, command: str, example: str) -> str:
    """`missing` is a sentence without its end."""
    return f"{missing}: `{command} {example}`, for example."


def model_not_used(model: str, models: Sequence[str]) -> str:
    kept_to = ", ".join(code_span(pattern) for pattern in models)
    return f"{code_span(model)} is not used in this repository, which keeps to {kept_to}. Nothing was started."


def over_the_budget(asked: str, setting: str, most: float) -> str:
    """`setting` is the one that says so."""
    return f"A job may spend {dollars(most)} here, which is less than ${asked}. Nothing was started. {who_can_raise(setting)}"


def workflows_not_by_settings() -> str:
    return (
        f"`--allow-workflows` takes `allow_workflows: true` in `{SETTINGS_FILE}` on the default branch. Nothing was started: "
        "without the option, work on workflow files is kept for a person to take."
    )


def workflows_not_granted(missing: Sequence[str]) -> str:
    return (
        f"`--allow-workflows` takes {' and '.join(missing)}, which the App was not granted here. Nothing was started: whoever "
        "runs this Harvest can ask for it in the App's settings, and an owner of the repository accepts it."
    )


def workflows_not_by_them(login: str, who_can: Sequence[str], command: str) -> str:
    """`who_can` are logins of some who can."""
    such_as = f", such as {' or '.join(map(code_span, who_can))}," if who_can else ""
    return (
        f"`--allow-workflows` takes the role maintain or admin, which {code_span(login)} does not have here. Nothing was "
        f"started: ask without it, and somebody with that role{such_as} can publish what is kept with "
        f"`{command} publish --allow-workflows`."
    )


def base_is_settled(asked: str, base: str) -> str:
    wanted, is_ = (code_span(neutralise_code(branch, max_length=200)) for branch in (asked, base))
    return f"The work here goes into {is_} already, so it can't begin at {wanted}. Nothing was started: ask on another issue."


def pull_is_open(option: str, pull: int) -> str:
    return f"`{option}` is for a pull request that is yet to be opened, and #{pull} was opened here. Nothing was started."


def not_here(command: str, verb: str) -> str:
    return f"`{command} {verb}` can't be used here. `{command} help` lists what can."


def not_allowed_here(setting: str) -> str:
    """`setting` is the repository's or the operator's."""
    if setting in known_variables():
        return f"Nothing was started: whoever runs this Harvest does not allow it (`{setting}`)."
    return f"Nothing was started: `{setting}` in `{SETTINGS_FILE}` on the default branch does not allow it."


def label_again(label: str, command: str) -> str:
    return (
        f"GitHub did not tell Harvest when the label `{label}` was put on, and the title or text was edited since then. "
        f"Nothing was started: whoever put it on may not have read what stands here now. Read it, then take the label off and "
        f"put it on again, or write `{command}`."
    )


def review_again(command: str) -> str:
    return (
        f"A review here was edited, and says something to Harvest now (`{command}`). Nothing was done by that: a review "
        f"counts as it was submitted. Write what you want in a comment."
    )


def comment_again(command: str) -> str:
    return (
        f"A comment here was edited, and says something to Harvest now (`{command}`). Nothing was done by that: a comment "
        f"counts as it was written, or was edited within a minute. Write what you want in a new one."
    )
