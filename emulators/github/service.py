"""One emulated GitHub: everything that its routes, its git and its control share."""

from __future__ import annotations

from pathlib import Path

from emulators.github.announcements import Announcements
from emulators.github.background import Background
from emulators.github.delivery_faults import DeliveryFaults
from emulators.github.description.checking import Description
from emulators.github.faults import Faults
from emulators.github.limit_clock import LimitClock
from emulators.github.mergeability import Mergeability
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.notifications import Notifications
from emulators.github.oauth.authorizations import Authorizations
from emulators.github.rates import Rates
from emulators.github.references import References
from emulators.github.registering import Registering
from emulators.github.request_log import RequestLog
from emulators.github.rules.demands import demands_on
from emulators.github.rules.merges import mergeable_state, standing_of
from emulators.github.rules.results import results_on
from emulators.github.shapes.addresses import Addresses
from emulators.github.shapes.pulls import PullFacts
from emulators.github.store import Store
from emulators.github.tokens import Tokens
from emulators.github.violations import Violations
from emulators.github.webhooks import Webhooks
from emulators.github.workflows.downloads import Downloads
from emulators.github.workflows.under_way import UnderWay


class GitHub:
    """Made before the server starts, with the address it will have; the App must be in the store already."""

    def __init__(
        self,
        store: Store,
        at: Addresses,
        hooks: Path,
        description: Description,
        webhook_seconds: float,
        limit_clock: LimitClock,
    ) -> None:
        self.store = store
        self.at = at
        self.hooks = hooks
        self.description = description
        self.tokens = Tokens(store)
        self.delivery_faults = DeliveryFaults()
        self.violations = Violations()
        self.webhooks = Webhooks(store, self.delivery_faults, description, self.violations, webhook_seconds)
        self.announce = Announcements(store, at, self.webhooks)
        self.notifications = Notifications(store)
        self.announce.listeners += [self.notifications.hear, References(store).hear]
        self.background = Background()
        self.under_way = UnderWay()
        self.downloads = Downloads()
        self.mergeability = Mergeability(self.background)
        self.faults = Faults()
        self.rates = Rates(limit_clock, store)
        self.log = RequestLog()
        self.authorizations = Authorizations(self.tokens, limit_clock)
        self.registering = Registering(store)

    async def pull_facts(self, repo: Repository, issue: Issue) -> PullFacts:
        """What git says about a pull request now."""
        pull = issue.pull
        if pull is None:
            raise ValueError(f"{repo.full_name}#{issue.number} is not a pull request")
        start = await repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
        changes = await repo.git.changes(start, pull.head_sha)
        commits = await repo.git.count(f"{start}..{pull.head_sha}")
        trial = self.mergeability.known(repo, issue)
        mergeable = trial.mergeable if trial else None
        standing = standing_of(repo, pull, behind=start != pull.base_sha, results=results_on(repo, pull.head_sha))
        demands = demands_on(repo, f"refs/heads/{pull.base_ref}", None, merging=True)
        return PullFacts(
            commits=commits,
            additions=sum(change.additions for change in changes),
            deletions=sum(change.deletions for change in changes),
            changed_files=len(changes),
            mergeable=mergeable,
            mergeable_state=mergeable_state(demands, standing, mergeable=mergeable, draft=pull.draft),
            rebaseable=trial.rebaseable if trial else None,
            test_merge_sha=trial.merge_sha if trial else None,
        )
