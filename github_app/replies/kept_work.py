"""What is said of work that could not be published where it was meant for: where it is, and the commands by which a person
takes it. Pure.

The names of branches are other people's: each word of a command is quoted for a shell.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from github_app.domain.job_report import JobReport
from github_app.replies.markdown import code_block, code_span, counted, details
from github_app.text.neutral import neutralise_block

# What the patch in a comment is saved as, and what `harvest jobs` writes.
PATCH_FILE = "harvest.patch"
BUNDLE_FILE = "harvest.bundle"

HOW_TO_TAKE = "The commands that take it are in the comment on how this ended."
PATCH_SUMMARY = "The patch, for <code>git apply</code>"


@dataclass(frozen=True)
class Place:
    """Where the work was meant for: it builds on the commit `start` of `branch`, and `there` says that it was to go to that
    very branch; `gone` that there is no such branch any more. `start_is_on` is another ref that has that commit, where the
    branch never had it. `mine` is what a person may call a branch of their own for it; `title` what the work is called.
    A rebased branch does not build on what it was: it goes in the place of the commit `instead_of`, and `now` is where the
    branch is where somebody pushed to it meanwhile."""

    branch: str
    start: str
    there: bool
    mine: str
    title: str
    gone: bool = False
    start_is_on: str = ""
    instead_of: str = ""
    now: str = ""


def told_of(commits: int, files: int) -> str:
    return f"{counted(commits, 'commit')} in {counted(files, 'file')}"


def as_patch(work: str) -> str:
    return f"{work}, not published, as a patch."


def on_a_branch(work: str, branch: str, compare_url: str) -> str:
    """The page shows it, and opens a pull request from it."""
    return f"{work}, on [a branch of its own]({compare_url}), {code_span(branch)}, which is in no pull request yet."


def but_for(paths: int, *, as_patch: bool) -> str:
    """What is missing on that branch; goes on from `on_a_branch`."""
    return f"What was refused ({counted(paths, 'file')}) is {'kept as a patch' if as_patch else 'not in it'}."


def with_the_operator(work: str, job_id: str, days: float) -> str:
    return (
        f"{work}, which a comment can't hold. Whoever runs this Harvest has it for {counted(round(days), 'day')}: "
        f"{code_span(f'harvest jobs {job_id} --bundle {BUNDLE_FILE}')} writes it to a file."
    )


def take_patch(place: Place) -> str:
    return commands(
        ("git", "fetch", "origin", place.start_is_on or place.branch),
        ("git", "switch", "--create", place.mine, place.start),
        ("git", "apply", "--index", PATCH_FILE),
        ("git", "commit", "--message", place.title),
        push(place),
    )


def take_rest_and_patch(branch: str, place: Place) -> str:
    """The refused part on top of the branch that has the rest."""
    return commands(
        ("git", "fetch", "origin", branch),
        ("git", "switch", "--create", place.mine, "FETCH_HEAD"),
        ("git", "apply", "--index", PATCH_FILE),
        ("git", "commit", "--message", place.title),
        ("git", "push", "origin", f"HEAD:refs/heads/{branch}"),
    )


def take_branch(branch: str, head: str, place: Place, *, merges: bool) -> str:
    """Its commits on top of what the other branch is by now; by themselves where they do not build on it."""
    itself = (("git", "fetch", "origin", branch), ("git", "switch", "--create", place.mine, "FETCH_HEAD"))
    if place.instead_of and not place.gone:
        return commands(*itself, *what_came_since(place), push(place))
    if place.gone or place.start_is_on:
        return commands(*itself)
    onto = ("git", "merge", head) if merges else ("git", "cherry-pick", f"{place.start}..{head}")
    return commands(
        ("git", "fetch", "origin", branch),
        ("git", "fetch", "origin", place.branch),
        ("git", "switch", "--create", place.mine, "FETCH_HEAD"),
        onto,
        push(place),
    )


def take_bundle(ref: str, place: Place) -> str:
    return commands(
        ("git", "fetch", "origin", place.start_is_on or place.branch),
        ("git", "fetch", BUNDLE_FILE, ref),
        ("git", "switch", "--create", place.mine, "FETCH_HEAD"),
        push(place),
    )


def what_came_since(place: Place) -> list[tuple[str, ...]]:
    """On top of a rebased branch."""
    if not place.now:
        return []
    return [("git", "fetch", "origin", place.branch), ("git", "cherry-pick", f"{place.instead_of}..{place.now}")]


def push(place: Place) -> tuple[str, ...]:
    """What is pasted whole goes on behind a command that failed: where somebody pushed meanwhile, nothing is overwritten."""
    if place.instead_of and not place.now:
        lease = f"--force-with-lease=refs/heads/{place.branch}:{place.instead_of}"
        return ("git", "push", lease, "origin", f"HEAD:refs/heads/{place.branch}")
    return ("git", "push", "origin", f"HEAD:refs/heads/{place.branch}" if place.there else "HEAD")


def commands(*lines: tuple[str, ...]) -> str:
    return "\n".join(shlex.join(line) for line in lines)


def section(report: JobReport) -> list[str]:
    """The commands and the patch, as the comment that tells of the end has them. Nothing in them ends
    the block of code in which they stand."""
    if not report.steps:
        return []
    saved = f", with the patch below saved as {code_span(PATCH_FILE)}" if report.patch else ""
    patch = [details(PATCH_SUMMARY, code_block(report.patch, "diff"))] if report.patch else []
    steps = code_block(neutralise_block(report.steps), "sh")
    return [f"To take the work, in a clone of the repository{saved}:", steps, *patch]
