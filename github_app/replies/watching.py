"""What is said of watches: that one has begun, how it stands, that something is mended, and why it is over. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from github_app.domain.ending import Ending
from github_app.domain.watching import LONGEST_SECONDS, Until, Why
from github_app.replies.command_answers import checks_not_read
from github_app.replies.end import mention
from github_app.replies.markdown import code_span, counted, dollars, moment
from github_app.replies.refusals import not_allowed_here, who_can_raise
from github_app.replies.wording import HEADLINES
from github_app.text.neutral import neutralise_code, neutralise_line
from state.columns import to_dollars
from state.watches import Watch, WatchTry

MAX_SENTENCE_CHARACTERS = 500


def end_marker(watch_id: str) -> str:
    """What makes the comment findable after a crash."""
    return f"<!-- harvest:watch-ended:{watch_id} -->"


def mergeable_marker(watch_id: str, head_sha: str) -> str:
    return f"<!-- harvest:watch:{watch_id}:{head_sha} -->"


def begun(watch: Watch, word: str, *, tries: int, fixes_checks: bool) -> str:
    what = [*(["failing checks"] if fixes_checks else []), f"conflicts with {branch_span(watch.base_branch)}"]
    return (
        f"This pull request is watched from now on, {until_words(watch.until)}. A job in this session works on "
        f"{', '.join(what)} and review threads that wait for an answer, one after the other. All of them may spend "
        f"{dollars(to_dollars(watch.budget_microdollars))}, with at most {counted(tries, 'job')} for one commit. "
        f"`{word} watch off` ends it."
    )


def standing(watch: Watch, tries: Sequence[WatchTry], word: str) -> str:
    """How a watch stands, for who asks for it again."""
    return (
        f"This pull request has been watched since {moment(watch.created_at)}, as {code_span(watch.actor_login)} asked for, "
        f"{until_words(watch.until)}. {spent_words(watch, tries)} `{word} watch off` ends it."
    )


def table(watches: Sequence[tuple[Watch, Sequence[WatchTry]]], word: str) -> str:
    """All that a repository has; each comes with what was done for it."""
    if not watches:
        return "No pull request is watched in this repository."
    rows = "\n".join(
        f"| #{one.pull_number} | {code_span(one.actor_login)} | {moment(one.created_at)} | {one.until} | {len(tries)} | "
        f"{dollars(spent(tries))} of {dollars(to_dollars(one.budget_microdollars))} |"
        for one, tries in watches
    )
    return (
        "| pull request | asked for by | since | until | jobs | money |\n| --- | --- | --- | --- | --- | --- |\n"
        f"{rows}\n\n`{word} watch off` on one of them ends that one, `{word} watch off --all` all of them."
    )


def how_it_stands(head_sha: str, base_branch: str, passed: int, *, open_threads: int, is_draft: bool) -> str:
    """That nothing is wrong, in a sentence."""
    checks = f"{counted(passed, 'check')} passed" if passed else "there are no checks"
    are = "is" if open_threads == 1 else "are"
    threads = f" {counted(open_threads, 'review thread')} {are} not resolved yet." if open_threads else ""
    draft = " It is still a draft." if is_draft else ""
    return f"On {code_span(head_sha[:7])} {checks}, and nothing conflicts with {branch_span(base_branch)}.{threads}{draft}"


def mergeable_again(login: str, stands: str) -> str:
    return f"{mention(login)} This can be merged, as far as checks and conflicts go. {stands} The watch goes on."


def switched_off(numbers: Sequence[int]) -> str:
    """The answer to who ended the watches of these pull requests from another place."""
    return f"No longer watched: {', '.join(f'#{number}' for number in numbers)}. What was started there goes on."


def not_watched(word: str) -> str:
    return f"This pull request is not watched. `{word} watch list` says which are."


def nothing_watched() -> str:
    return "No pull request is watched in this repository."


def all_is_for_off(word: str) -> str:
    return f"`--all` goes with `off`: `{word} watch off --all` ends every watch in this repository. Nothing was started."


def too_many(most: int, word: str) -> str:
    return (
        f"No more than {counted(most, 'pull request')} can be watched in this repository at a time. Nothing was started: "
        f"`{word} watch list` says which are, and `{word} watch off` there ends one."
    )


def over_the_budget(asked: str, setting: str, most: float) -> str:
    """`setting` is the one that says so."""
    return (
        f"A watch may spend {dollars(most)} here, which is less than ${asked}. Nothing was started. {who_can_raise(setting)}"
    )


def ended(watch: Watch, why: Why, tries: Sequence[WatchTry], word: str) -> str:
    """The comment that tells of a watch's end."""
    lines = [f"{mention(watch.actor_login)} {why_words(watch, why, tries)} This pull request is not watched any more."]
    if why in (Why.STUCK, Why.TRIES, Why.NOT_FEWER, Why.SPENT) and tries:
        lines.append(last_words(tries[-1]))
    if why in (Why.TRIES, Why.NOT_FEWER, Why.SPENT, Why.STUCK, Why.STOPPED, Why.OLD):
        lines.append(f"`{word} watch` starts it again.")
    lines.append(f"<sub>{spent_words(watch, tries)}</sub>")
    return "\n\n".join(filter(None, lines))


def why_words(watch: Watch, why: Why, tries: Sequence[WatchTry]) -> str:
    """Why it is over, in a sentence or two."""
    detail = neutralise_line(watch.detail or "", max_length=MAX_SENTENCE_CHARACTERS)
    match why:
        case Why.MERGED:
            return "Merged."
        case Why.CLOSED:
            return "Closed."
        case Why.GREEN:
            return f"This can be merged, as far as checks and conflicts go. {watch.detail or ''}"
        case Why.OLD:
            return f"This was watched for {LONGEST_SECONDS / 86_400:.0f} days, which is as long as one lasts."
        case Why.STOPPED:
            return "What the watch had started was stopped."
        case Why.TRIES:
            return (
                f"{counted(len(on_last_head(tries)), 'job')} for this commit did not get it mergeable: the tries are used up."
            )
        case Why.STUCK:
            return "What the last job did leaves the pull request as it was: trying once more would be the same again."
        case Why.NOT_FEWER:
            return "What fails does not get less from one job to the next."
        case Why.SPENT:
            limit = dollars(to_dollars(watch.budget_microdollars))
            return f"Something fails, and the watch has spent its {limit}."
        case Why.OFF:
            by = code_span(watch.ended_by) if watch.ended_by else "Whoever runs this Harvest"
            return f"{by} has ended the watch."
        case Why.MAY_NOT:
            return "A watch goes on only as long as who asked for it may change things here."
        case Why.NOT_ALLOWED:
            return not_allowed_here(watch.detail or "watch.allow")
        case Why.UNREADABLE:
            return checks_not_read(watch.detail or "")
        case Why.NOT_STARTED:
            return f"Something fails, and no job could be started for it: {detail}"
        case Why.LOCKED | Why.GONE:
            return "Harvest can't write here any more."


def last_words(last: WatchTry) -> str:
    """How the last job ended."""
    ending = None if last.ending is None else msgspec.convert(last.ending, Ending)
    if ending is None:
        return ""
    told = [neutralise_line(text, max_length=MAX_SENTENCE_CHARACTERS) for text in (ending.happened, ending.advice) if text]
    return f"**The last one:** {HEADLINES[ending.outcome]}. {' '.join(told)}".rstrip()


def on_last_head(tries: Sequence[WatchTry]) -> list[WatchTry]:
    return [one for one in tries if one.head_sha == tries[-1].head_sha]


def until_words(until: str) -> str:
    words: dict[str, str] = {"merged": "until it is merged or closed", "green": "until it can be merged"}
    return words[until]


UNTIL: tuple[Until, ...] = ("merged", "green")


def spent(tries: Sequence[WatchTry]) -> float:
    return sum(one.cost_usd for one in tries)


def spent_words(watch: Watch, tries: Sequence[WatchTry]) -> str:
    limit = dollars(to_dollars(watch.budget_microdollars))
    return f"{counted(len(tries), 'job')} so far, {dollars(spent(tries))} of {limit}."


def branch_span(branch: str) -> str:
    return code_span(neutralise_code(branch, max_length=200))
