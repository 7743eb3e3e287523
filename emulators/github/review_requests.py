"""Who is asked to review a pull request. https://docs.github.com/rest/pulls/review-requests"""

from __future__ import annotations

from typing import Any

from emulators.github.changes import announce, record
from emulators.github.clock import now
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Pull
from emulators.github.model.teams import Team
from emulators.github.reviewing import Reviewed
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.organizations import team


async def request_review(here: Reviewed, reviewer: Account | Team) -> None:
    """Ask somebody or a team, also again after they have answered."""
    asked = _asked(here.pull, reviewer)
    if reviewer not in asked:
        asked.append(reviewer)
        await _told_of_request(here, "review_requested", reviewer)


async def withdraw_request(here: Reviewed, reviewer: Account | Team) -> None:
    asked = _asked(here.pull, reviewer)
    if reviewer in asked:
        asked.remove(reviewer)
        await _told_of_request(here, "review_request_removed", reviewer)


def _asked(pull: Pull, reviewer: Account | Team) -> list[Any]:
    return pull.requested_teams if isinstance(reviewer, Team) else pull.requested_reviewers


async def _told_of_request(here: Reviewed, action: str, reviewer: Account | Team) -> None:
    here.issue.updated_at = now()
    record(here.github, here.issue, action, here.who, about=reviewer)
    if isinstance(reviewer, Team):
        more = {"requested_team": team(here.github.at, here.repo.owner, reviewer)}
    else:
        more = {"requested_reviewer": simple_user(here.github.at, reviewer)}
    await announce(here.github, action, here.repo, here.issue, here.who, **more)
