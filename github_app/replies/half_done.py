"""What is said of work that came to no end: where it is, and whether the next request goes on from it. Pure."""

from __future__ import annotations

from github_app.replies.markdown import counted


def unpublished(commits: int, files: int, *, shown: bool) -> str:
    """What an agent that came to no end leaves, and the session's next job goes on from. `shown`: there is a patch."""
    where = ", as a patch." if shown else ". They can't be shown here."
    done = f"{counted(commits, 'commit')} in {counted(files, 'file')}"
    return f"{done}, not published{where} The next request here goes on from there."


def on_a_pull_request(pull: int) -> str:
    return f"The agent's work so far is on pull request #{pull}, and the next request here goes on from there."


def unfit(why: str) -> str:
    """`why` is a sentence."""
    return f"The agent's work so far is neither shown nor built upon. {why}"


def unchecked() -> str:
    return "The agent's commits so far, which could not be checked now and are not shown. The next request goes on from there."


def not_pushed() -> str:
    return "The agent's commits so far, which could not be pushed. The next request here goes on from there."


def gone_on_from() -> str:
    return "The unpublished commits of the request before are on the branch: this goes on from there."


def lost() -> str:
    return "The unpublished commits of the request before no longer fit: what they build on was rewritten."
