"""The brakes on work that nobody asked for just now: a trigger that found something may only begin a job by these.

What holds is in the database. A finding is given to one job of a head (`state/findings.py`), a chore is under way in a session
once (`state/jobs.py`), and here it is read whether going on makes sense at all.
"""

from __future__ import annotations

from github_app.domain import rounds
from github_app.domain.rounds import Rounds
from github_app.jobs.services import Services
from state.findings import Found

OWN_PUSH = "it is Harvest's own push, and Harvest does not review itself"


async def why_held(services: Services, found: Found) -> str:
    """Why no job is begun for what was found, as words that can follow "because"; empty when one may be."""
    own = await services.jobs.have_pushed(found.repository_id, found.head_sha)
    if own and found.chore == "review":
        return OWN_PUSH
    if not own or found.chore == "rebase":  # who moves the base branch on goes round with nobody
        return ""
    verdict = rounds.after([*await rounds_before(services, found), found.findings])
    return "" if verdict is Rounds.GO_ON else verdict.value


async def rounds_before(services: Services, found: Found) -> list[frozenset[str]]:
    """What the rounds before were given, from the last head on that somebody else has pushed: whoever pushes begins anew."""
    earlier: list[frozenset[str]] = []
    for head, names in reversed(await services.findings.rounds(found.repository_id, found.pull, found.chore)):
        if head == found.head_sha:
            continue
        earlier.insert(0, names)
        if not await services.jobs.have_pushed(found.repository_id, head):
            break
    return earlier
