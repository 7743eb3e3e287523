"""Every way in which a job ends, in sentences for the thread. Pure: values in, an ending out.

A sentence that is handed in says what GitHub, git, the sandbox or the agent's CLI had to say.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from github_app.domain.ending import Concern, Ending
from github_app.domain.stop_reason import StopReason
from github_app.replies.markdown import code_span, counted
from github_app.replies.refusals import what_is_spent, who_can_raise
from state.budgets import Budget

# A list of more reasons is not read.
MAX_REASONS = 10

PUBLISHED = Ending("succeeded", "The agent's work is on the pull request.")
ANSWERED = Ending("succeeded", "The agent answered.")
PLANNED = Ending("succeeded", "The plan waits for somebody to approve it.")
REVIEWED = Ending("succeeded", "The pull request was reviewed.")


def stopped(reason: StopReason, by: str) -> Ending:
    """`by` is the login of the person who asked for it."""
    match reason:
        case StopReason.WITHDRAWN:
            return Ending("withdrawn", f"{by} took the label off before the work began.")
        case StopReason.DROPPED:
            return Ending("withdrawn", f"{by} took this out of the queue before the work began.")
        case StopReason.CLOSED:
            return Ending("stopped", f"{by} closed this, which stopped the job.")
        case StopReason.COMMAND | StopReason.COMMAND_TO_KEEP | StopReason.BUTTON:
            return Ending("stopped", f"{by} stopped this job.")


def branch_moved(before: str, now: str) -> Ending:
    """Somebody pushed meanwhile; both are commits."""
    happened = f"The branch moved after you asked: it was at {before[:7]} and is at {now[:7]} now."
    return Ending("refused", happened, advice="Look at the new commits, then ask again.")


def plan_void(version: int, changed: str, command: str) -> Ending:
    """`changed` is a sentence without its end."""
    happened = f"Plan v{version} could not be carried out when its turn came: {changed}."
    return Ending("refused", happened, advice=f"`{command} revise` makes the next version of it, from how things are now.")


def nothing_to_take_back() -> Ending:
    return Ending("no_change", "There is no push of Harvest's here that could be taken back.")


def rebase_stays(before: str) -> Ending:
    """`before` is where the branch stood."""
    happened = "The last push here put the branch on top of its base, which is not taken back by a commit."
    return Ending("refused", happened, advice=f"The branch was at {before} before that, if you want to put it back by hand.")


def nothing_to_rebase() -> Ending:
    return Ending("no_change", "Nothing was worked on here yet, so there is no branch to rebase.")


def on_top_already(branch: str, base: str) -> Ending:
    return Ending("no_change", f"{branch} stands on top of {base} already.")


def nothing_left_to_rebase(branch: str, base: str) -> Ending:
    return Ending("no_change", f"{base} has all that {branch} changes, so nothing is left to put on top of it.")


def not_to_be_rebased(branch: str, why: str) -> Ending:
    """`why` can follow "because"."""
    return Ending("refused", f"{branch} is not rebased, because {why}.")


def not_to_be_pushed_to(branch: str, why: str) -> Ending:
    """`why` can follow "because"."""
    happened = f"Nothing was pushed to {branch}, because {why}."
    return Ending("refused", happened, advice="Say in words what should change: that goes there by a pull request.")


def not_ours_to_rebase(branch: str, others: Sequence[str]) -> Ending:
    happened = (
        f"{branch} has commits that are not Harvest's own ({', '.join(others[:MAX_REASONS])}), and those are never rewritten."
    )
    return Ending("refused", happened, advice="Rebase it by hand, or merge the base branch into it.")


def fork_changes_workflows(paths: Sequence[str]) -> Ending:
    """Of a pull request from a fork, whose commits a branch of this repository would have."""
    happened = (
        "This pull request comes from a fork and changes workflows, which would run with this repository's secrets once its "
        f"commits stand on a branch here ({', '.join(paths[:MAX_REASONS])})."
    )
    advice = "Read them, push the branch to this repository yourself if they are right, and ask on a pull request from there."
    return Ending("refused", happened, advice=advice)


def not_rebased(base: str) -> Ending:
    happened = f"The branch could not be put on top of {base}."
    kept = "The branch is as it was on GitHub; what was tried is in the session's sandbox."
    advice = "Read what the agent says of the conflict, then decide."
    return Ending("failed", happened, kept=kept, advice=advice, concerns="maintainer", agent_tells=True)


def branch_gone(branch: str) -> Ending:
    return Ending("no_change", f"The branch {branch} is gone, so there is nothing to take back.")


def nothing_to_put_on_top(branch: str, base: str) -> Ending:
    return Ending("no_change", f"The branch {branch} or its base {base} is gone, so there is nothing to rebase.")


def in_the_way(pushed: str, files: Sequence[str]) -> Ending:
    """`files` were changed by what came after that commit."""
    happened = f"What came after {pushed[:7]} changed the same lines, so it can't be taken back by itself: {', '.join(files)}."
    return Ending("refused", happened, advice="Say in words what should change.")


def no_workspace(sentence: str) -> Ending:
    return Ending("failed", f"The workspace could not be prepared: {sentence}", concerns="maintainer")


def began_otherwise(differences: Sequence[str]) -> Ending:
    return Ending(
        "failed",
        f"The Claude CLI did not start as it was asked to: {'; '.join(differences)}. It was stopped at once.",
        advice="An operator has to look at the Claude CLI's version; `harvest doctor` tells which one it is.",
    )


def out_of_time(sentence: str) -> Ending:
    return Ending("timed_out", sentence, advice="Ask again to go on, or for less at once.")


def agent_failed(sentence: str, *, too_much: bool, advice: str = "Ask again.") -> Ending:
    """`too_much`: it was asked for more than it may take."""
    return Ending("failed", sentence, advice=advice, concerns="maintainer" if too_much else "operator")


def budget_spent(budget: Budget) -> Ending:
    """It can't be paid, or not to its end."""
    happened = f"{what_is_spent(budget)}."
    return Ending("failed", happened[0].upper() + happened[1:], advice=who_can_raise(budget.set_by), concerns="maintainer")


def no_answer() -> Ending:
    return Ending("failed", "The agent ended without an answer.", advice="Ask again.")


def waiting(how_to_answer: str) -> Ending:
    """`how_to_answer` is a sentence."""
    return Ending("waiting", "The agent has a question, and waits for the answer.", advice=how_to_answer)


def no_plan() -> Ending:
    return Ending("failed", "The agent ended without a plan.", advice="Ask again.")


def no_plan_to_carry_out() -> Ending:
    return Ending("no_change", "No plan came of it, so there was nothing to carry out.", advice="Ask again.")


def plan_not_reviewed(version: int, command: str) -> Ending:
    happened = f"Plan v{version} was not carried out, because no second model has reviewed it."
    return Ending("no_change", happened, advice=f"Read it, then write `{command} approve v{version}`.")


def plan_has_blockers(version: int, blockers: int, command: str) -> Ending:
    happened = f"Plan v{version} was not carried out: its review left {counted(blockers, 'blocker')}."
    return Ending(
        "no_change", happened, advice=f"Read them, then write `{command} approve v{version}` or `{command} revise …`."
    )


def no_review(why: str) -> Ending:
    """`why` can follow "because"."""
    return Ending("failed", f"What the reviewer said can't be read as a review, because {why}.", advice="Ask again.")


def not_reviewed(ending: Ending) -> Ending:
    """The same end, of a job that was to review a pull request."""
    happened = f"The review failed, which says nothing for or against the pull request. {ending.happened}"
    return msgspec.structs.replace(ending, happened=happened)


def sandbox_lost_too_often(times: int, why: str) -> Ending:
    return Ending(
        "failed",
        f"The sandbox was lost {times} times while this job ran, the last time because {why}.",
        advice="Ask again, for less at once if the work needs a lot of memory.",
    )


def nothing_changed(notes: Sequence[str]) -> Ending:
    return Ending("no_change", " ".join(["The agent changed nothing.", *notes]))


# The next job of the session sets it aside under a ref, where its agent finds it.
IN_THE_SANDBOX = "The commits stay in the session's sandbox. The next request does not build on them; its agent can read them."


def not_brought_out(problem: str, *, in_the_sandbox: bool) -> Ending:
    """`in_the_sandbox`: the work is whole, and was left where it is."""
    kept = IN_THE_SANDBOX if in_the_sandbox else ""
    return Ending("failed", f"Nothing was published: {problem}.", kept=kept, concerns="maintainer")


def not_checked(problem: str) -> Ending:
    return Ending("failed", f"git could not check the agent's commits: {problem.removesuffix('.')}.", advice="Ask again.")


def can_be_published(who_can: Sequence[str], command: str) -> str:
    """Advice on work that is refused for its workflow files alone; `who_can` are logins of some who can,
    `command` what they say."""
    such_as = f", such as {' or '.join(map(code_span, who_can))}," if who_can else ""
    return (
        f"Somebody with the role maintain or admin{such_as} can publish it as it is: `{command} --allow-workflows`. "
        "Else ask for it without that."
    )


def nothing_kept() -> Ending:
    return Ending("no_change", "Nothing is kept here that could be published.")


def kept_since(command: str) -> Ending:
    """Who asked for it to be published had not seen it."""
    happened = "What is kept here was made after you wrote this, so nothing was published."
    return Ending("refused", happened, advice=f"Read it, then write `{command} publish` again.")


def not_fit(reasons: Sequence[str], advice: str = "") -> Ending:
    """The commits may not be published; `reasons` are sentences."""
    shown = [f"- {reason}" for reason in reasons[:MAX_REASONS]]
    if len(reasons) > MAX_REASONS:
        shown.append(f"- and {len(reasons) - MAX_REASONS} more")
    return Ending(
        "refused",
        "\n".join(["The agent's commits were checked and not pushed:", *shown]),
        kept=IN_THE_SANDBOX,
        advice=advice or "Ask for it without that.",
    )


def not_pushed(sentence: str) -> Ending:
    """The branch was not as it was expected."""
    advice = "Ask again: the agent then starts from the branch as it is."
    return Ending("refused", f"The result was not pushed: {sentence}.", advice=advice)


def base_gone(base: str) -> Ending:
    happened = f"The result was not pushed: the branch {base!r}, into which it was to go, was deleted in the meantime."
    return Ending("refused", happened, advice="Push it again, or ask on another issue.")


def push_refused(sentence: str) -> Ending:
    return Ending("refused", f"GitHub refused the push: {sentence}.")


def github_refused(problem: str, concerns: Concern) -> Ending:
    advice = "If a permission is missing, accept the App's new permissions in its installation settings."
    return Ending("failed", f"GitHub refused a request: {problem}", advice=advice, concerns=concerns)


def github_away(problem: str, seconds: float) -> Ending:
    """`seconds` is how long it was waited for in vain."""
    happened = f"{problem}; trying again for {span(seconds)} did not help."
    return Ending("failed", happened, advice="Ask again when that is mended.")


def installation_suspended() -> Ending:
    happened = "The App's installation is suspended."
    return Ending("failed", happened, advice="Unsuspend it, then ask again.", concerns="maintainer")


def not_installed(reason: str) -> Ending:
    happened = f"The App is not installed here any more, or is another one ({reason})."
    return Ending("failed", happened, advice="Install it, then ask again.", concerns="maintainer")


def no_sandbox(problem: str, seconds: float) -> Ending:
    happened = f"No sandbox could be had for {span(seconds)} ({problem})."
    return Ending("failed", happened, advice="Ask again later; `harvest doctor` tells an operator more.")


def no_artifacts(problem: str, seconds: float) -> Ending:
    happened = f"The agent's commits could not be kept or found again for {span(seconds)} ({problem})."
    return Ending("failed", happened, advice="Ask again later; `harvest doctor` tells an operator more.")


def sandbox_gone(problem: str) -> Ending:
    return Ending("failed", f"The sandbox ended unexpectedly: {problem}", advice="Ask again.")


def sandbox_failed(problem: str) -> Ending:
    return Ending("failed", f"The sandbox failed: {problem}", advice="Ask again.")


def given_up(attempts: int, step: str, job_id: str, *, pushed: bool) -> Ending:
    """The process ended time and again in that step."""
    return Ending(
        "failed",
        f"Harvest ended {attempts} times while this job was in its step `{step}`.",
        kept="The work was pushed: it is on the session's branch." if pushed else "",
        advice=f"Ask again. If it happens again, tell the operator: the log has it under job {job_id}.",
    )


def unknown_recipe(recipe: str) -> Ending:
    return Ending(
        "failed",
        f"Another version of Harvest began this, and the one that runs now does not know how to go on (`{recipe}`).",
        advice="Ask again.",
    )


def mistake_of_ours(step: str, error: Exception, job_id: str) -> Ending:
    """The thread gets a reference, the log has the rest."""
    return Ending(
        "failed",
        f"Something went wrong in Harvest itself, in its step `{step}` ({type(error).__name__}).",
        advice=f"Ask again. If it happens twice, tell the operator: the log has it under job {job_id}.",
    )


def span(seconds: float) -> str:
    hours, minutes = seconds / 3600, seconds / 60
    return f"{hours:.0f} hours" if hours >= 2 else f"{minutes:.0f} minutes"
