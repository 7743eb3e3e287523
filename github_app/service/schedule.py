"""Which looks a running Harvest takes, and how often. Most is to be found at start."""

from __future__ import annotations

from github_app.images.refresh import refresh_images
from github_app.images.standbys import end_old_standbys
from github_app.images.warm_pool import keep_warm
from github_app.maintenance.leftovers import (
    end_leftover_sandboxes,
    give_up_stranded_jobs,
    settle_requests_of_the_dead,
)
from github_app.maintenance.loops import Scheduled
from github_app.maintenance.orphaned_check_runs import conclude_orphaned_check_runs
from github_app.maintenance.own_words import learn_of_own_words
from github_app.maintenance.retention import (
    forget_deliveries,
    forget_leases,
    forget_logs,
    forget_memory,
    forget_snapshots,
    forget_steps,
    forget_watches,
)
from github_app.maintenance.sandbox_costs import book_sandbox_costs
from github_app.webhooks.missed.at_work import queue_lost_requests
from github_app.webhooks.missed.deliveries import ask_for_lost_deliveries
from github_app.webhooks.missed.labels import queue_lost_labels

# Deliveries cost one request a look, repositories at work two each (none that counts while nothing is new there), labels one
# for each repository. What was
# labelled while Harvest started is on its way, so labels are looked at a little later. Images are asked about only when they
# are due (HARVEST_IMAGE_MINUTES); looking every minute gives a repository its first one soon, and no other look waits for it.
SCHEDULE: tuple[Scheduled, ...] = (
    Scheduled(0, 60, ask_for_lost_deliveries),
    Scheduled(0, 60, end_leftover_sandboxes),
    Scheduled(0, 60, give_up_stranded_jobs),
    Scheduled(60, 60, settle_requests_of_the_dead),
    Scheduled(60, 60, learn_of_own_words),
    Scheduled(60, 5 * 60, queue_lost_requests),
    Scheduled(90, 60 * 60, queue_lost_labels),
    Scheduled(60, 60, refresh_images),
    Scheduled(60, 60, keep_warm),
    Scheduled(60, 60, end_old_standbys),
    Scheduled(90, 10 * 60, conclude_orphaned_check_runs),
    Scheduled(120, 10 * 60, book_sandbox_costs),
    Scheduled(300, 6 * 60 * 60, forget_deliveries),
    Scheduled(330, 6 * 60 * 60, forget_steps),
    Scheduled(360, 60 * 60, forget_logs),
    Scheduled(390, 60 * 60, forget_snapshots),
    Scheduled(420, 6 * 60 * 60, forget_leases),
    Scheduled(450, 6 * 60 * 60, forget_watches),
    Scheduled(480, 6 * 60 * 60, forget_memory),
)
