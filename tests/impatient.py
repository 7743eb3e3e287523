"""`python -m tests.impatient` is `harvest`, but that what it does every few minutes it does every second, at once."""

from __future__ import annotations

from github_app.maintenance.loops import Scheduled
from github_app.operator.cli import main
from github_app.service import schedule
from github_app.webhooks.missed import labels
from github_app.webhooks.missed.at_work import queue_lost_requests

labels.UNDER_WAY_SECONDS = -1
schedule.SCHEDULE = tuple(Scheduled(0, 1, one.look) for one in schedule.SCHEDULE if one.look is queue_lost_requests)

if __name__ == "__main__":
    main()
