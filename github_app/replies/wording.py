"""How a job stands, in words: what it does, how it came out, and what its people have to know of it. Pure: values in, text
out, and no markdown from others.

A caller neutralises what a person or the agent wrote before it is put into one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.domain.plan import SEVERITIES
from github_app.replies.markdown import code_span, counted
from github_app.settings.repository import SETTINGS_FILE
from github_app.text.neutral import neutralise_code
from state.jobs import Outcome

HEADLINES: dict[Outcome, str] = {
    "succeeded": "Done",
    "no_change": "Nothing was changed",
    "failed": "This did not work",
    "refused": "The result was not published",
    "stopped": "Stopped",
    "withdrawn": "Withdrawn",
    "timed_out": "Out of time",
    "waiting": "Waiting for an answer",
}

# https://docs.github.com/en/rest/checks/runs#update-a-check-run
CONCLUSIONS: dict[Outcome, str] = {
    "succeeded": "success",
    "no_change": "neutral",
    "failed": "failure",
    "refused": "action_required",
    "stopped": "cancelled",
    "withdrawn": "cancelled",
    "timed_out": "timed_out",
    # Nothing against the commit: it may be merged as it is.
    "waiting": "neutral",
}

# When the agent made no commits, what it said is what was wanted: to a question, the answer.
ANSWERED = "Answered"

RUNNING = "Working on it"

# What stands in a line on who asked for what when there is nothing but the issue.
THE_ISSUE = "what this issue says"

DOING: Mapping[str, str] = {
    "acknowledge": "getting ready",
    "choose_branch": "getting ready",
    "open_sandbox": "opening a sandbox",
    "prepare_workspace": "preparing the workspace",
    "compose_prompt": "preparing the workspace",
    "run_agent": "the agent is at work",
    "find_last_push": "getting ready",
    "take_back": "taking the last push back",
    "find_kept_work": "getting ready",
    "bring_kept_work": "getting ready",
    "review_plan": "a second model reviews the plan",
    "replan": "the agent is at work",
    "review_plan_again": "a second model reviews the plan",
    "replan_again": "the agent is at work",
    "review_plan_last": "a second model reviews the plan",
    "post_plan": "posting the plan",
    "read_verdicts": "reading what the agent says",
    "mend_review": "the agent is at work",
    "submit_review": "submitting the review",
    "collect": "collecting the commits",
    "vet": "checking the commits",
    "push": "publishing",
    "show_pull_request": "publishing",
    "keep_half_done": "keeping what is done so far",
    "answer_threads": "answering the review threads",
    "report": "saying how it ended",
    "release_sandbox": "saving and ending the sandbox",
}

# Enough to see what was wanted; a list of more is not read.
MAX_HOSTS_SHOWN = 10

STARTED_FROM: Mapping[str, str] = {
    "snapshot": "with what the request before had left in its sandbox",
    "image": "with the repository's dependencies installed",
    "base": "in a fresh sandbox, with nothing installed",
}


RECALLS: Mapping[str, str] = {
    "all": "the agent remembered the conversation",
    "told": "the agent was told what had been asked and answered before",
    "branch": "the agent knew of what came before by the branch alone",
}


def headline(ending: Ending, report: JobReport) -> str:
    """How a job ended, in a few words."""
    if report.plan is not None:
        return f"Plan v{report.plan.version} waits for approval"
    if report.review is not None:
        return f"Reviewed ({findings_counted(report.review.counts)})"
    return ANSWERED if report.answers(ending) else HEADLINES[ending.outcome]


def findings_counted(counts: Sequence[int]) -> str:
    """How many findings a review has of each severity, in the order of SEVERITIES."""
    told = [f"{count} {severity}" for count, severity in zip(counts, SEVERITIES, strict=False) if count]
    return ", ".join(told) or "nothing found"


def how_to_resume(command: str) -> str:
    return f"`{command} resume` goes on from what is left."


def taken_back(asked: str, pushed: str) -> str:
    """`asked` is what had been asked, by a person; it is cleaned with the rest of the summary."""
    first = asked.strip().partition("\n")[0][:200]
    return f"Took {code_span(pushed[:7])} back: {code_span(neutralise_code(first, max_length=200)) or 'the last push'}."


def taken_back_message(asked: str, pushed: str) -> str:
    """The message of the commit, as `git revert` writes one."""
    first = asked.strip().partition("\n")[0][:60]
    return f'Take back "{first}"\n\nThis reverts what was pushed as {pushed}.\n'


def fix_the_checks(failing: int) -> str:
    """What the agent is asked; its first line is what people read. The checks' names are not in it: who can push a workflow
    chooses those."""
    return (
        f"fix {counted(failing, 'failing check')}\n\n"
        "What was said by each stands above. Find the cause, mend it, and run what you can of it yourself. Where the cause is "
        "not in this repository, change nothing, and say what it is."
    )


def what_the_issue_says(issue: int) -> str:
    return f"Do what issue #{issue} says."


def doing(step: str) -> str:
    """What a job does in its step, in words."""
    return DOING.get(step, f"at its step `{step}`" if step else "about to begin")


def snapshot_gone() -> str:
    return "The session's snapshot was gone, and with it what the agent had installed and its own memory of the conversation."


def rules_of_the_default_branch(base_branch: str, default_branch: str) -> str:
    base, default = (code_span(neutralise_code(branch, max_length=200)) for branch in (base_branch, default_branch))
    return (
        f"{base} is a branch of another session, which an agent writes: its rules and `{SETTINGS_FILE}` "
        f"count as they are on {default}."
    )


def not_asked_to_look(names: Sequence[str], why: str) -> str:
    """`why` is GitHub's own word."""
    asked = ", ".join(code_span(name) for name in names)
    return (
        f"GitHub refused to ask {asked} to look at the pull request: {neutralise_code(why, max_length=200).removesuffix('.')}."
    )


def not_pushed_to(branch: str, why: str) -> str:
    """`why` can follow "because"."""
    name = code_span(neutralise_code(branch, max_length=200))
    return f"Nothing is pushed to {name}, because {why}: the work has a branch of its own, with a pull request into that one."


def description_stays(pull: int) -> str:
    return f"The description of #{pull} is not as Harvest last wrote it, so it stays as it is."


def work_on_a_fork(branch: str, fork: str) -> str:
    """What becomes of a plan for a pull request from a fork, once it is approved."""
    theirs = code_span(neutralise_code(f"{fork}:{branch}", max_length=200))
    return (
        f"A GitHub App can't push to a fork ({theirs}): once this is approved, the work gets a branch here, on top of the "
        f"fork's commits, and a draft pull request of its own. If those commits change workflow files, it is not begun."
    )


def of_a_fork(branch: str, fork: str) -> str:
    """Of a pull request that is worked on beside it: why, and what to know of that."""
    theirs = code_span(neutralise_code(f"{fork}:{branch}", max_length=200))
    return (
        f"A GitHub App can't push to a fork ({theirs}): the work, on top of the fork's commits, has a branch here and a draft "
        "pull request of its own. Its checks run like those of any branch here, with what secrets they have."
    )


def conflicts(base_branch: str, command: str) -> str:
    base = code_span(neutralise_code(base_branch, max_length=200))
    return (
        f"This pull request conflicts with {base}, so it can't be merged as it is. The work begins on its branch as it "
        f"stands; {code_span(f'{command} rebase')} puts it on top of {base} where all of its commits are Harvest's own."
    )


def image_gone() -> str:
    return "The repository's image was gone, and with it the dependencies that were installed in it."


def image_incomplete(commands: Sequence[str]) -> str:
    """`commands` are those that did not work."""
    failed = " and ".join(f"`{command}`" for command in commands)
    return f"The repository's image is incomplete: {failed} did not work when it was built."


def went_on_in_another_sandbox() -> str:
    return "The sandbox was lost in mid-work; the job went on in another one."


def how_a_job_is_ended() -> str:
    return "Stop ends it and keeps what is done; what else is asked for waits for its turn."


def how_to_go_on(command: str, *, has_pull: bool) -> str:
    """`has_pull`: there is a pull request beside the thread."""
    ask, lists = code_span(f"{command} …"), code_span(f"{command} help")
    where = "here or on the pull request" if has_pull else "here"
    return f"Go on with {ask} {where}; {lists} tells what else there is."


def how_to_meddle(command: str) -> str:
    steer, stop = code_span(f"{command} steer …"), code_span(f"{command} stop")
    return f"{steer} tells the agent something now, {stop} ends it; what else is asked for waits for its turn."


def queued(ahead: int) -> str:
    requests = "one request comes" if ahead == 1 else f"{ahead} requests come"
    return f"Queued: {requests} first."


def waiting_behind(requests: int) -> str:
    return "One more request waits here." if requests == 1 else f"{requests} more requests wait here."


def blocked(hosts: Sequence[str], egress: str) -> str:
    """Host names only: nothing in one of those is markup."""
    shown = ", ".join(f"`{host}`" for host in hosts[:MAX_HOSTS_SHOWN])
    more = f" and {len(hosts) - MAX_HOSTS_SHOWN} more" if len(hosts) > MAX_HOSTS_SHOWN else ""
    if egress == "none":
        way_out = "An operator can allow more with `HARVEST_EGRESS=allowlist`."
    else:
        quoted = ", ".join(f'"{host}"' for host in hosts[:MAX_HOSTS_SHOWN])
        way_out = (
            "If the work needs that, an operator can add it to `HARVEST_EGRESS_ALLOW`, or a maintainer to "
            f"`{SETTINGS_FILE}` on the base branch: `egress: {{allow: [{quoted}]}}`."
        )
    return f"**Blocked by the network limit:** {shown}{more}. {way_out}"
