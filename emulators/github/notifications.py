"""Who is notified by what. An edit, a label or a reaction notifies nobody, and nobody is notified of what they did themselves.

https://docs.github.com/account-and-profile/managing-subscriptions-and-notifications-on-github/setting-up-notifications/about-notifications#notifications-and-subscriptions
https://docs.github.com/rest/activity/notifications#about-notification-reasons
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from emulators.github.access import may_see
from emulators.github.clock import now
from emulators.github.happenings import Happening
from emulators.github.mentions import Named, named_in
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue
from emulators.github.model.notifications import Notification, Reason, Subscription, Telling
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review
from emulators.github.model.teams import Team
from emulators.github.store import Store
from emulators.github.tokens import Person

# Enough for the longest test; older ones fall out.
_KEPT = 10_000

# Heard of by all who follow the conversation.
_FOR_ALL = frozenset(
    {
        "issues.opened",
        "issues.closed",
        "issues.reopened",
        "issue_comment.created",
        "pull_request.opened",
        "pull_request.closed",
        "pull_request.reopened",
        "pull_request.ready_for_review",
        "pull_request.synchronize",
        "pull_request_review_comment.created",
        "pull_request_review.submitted",
    }
)
# Heard of by the one that it happened to.
_FOR_ONE: dict[str, Reason] = {
    "issues.assigned": "assign",
    "pull_request.assigned": "assign",
    "pull_request.review_requested": "review_requested",
}
# What makes the one who does it follow the conversation.
_FOLLOWED_BY: dict[str, Reason] = {
    "opened": "author",
    "created": "comment",
    "submitted": "comment",
    "closed": "state_change",
    "reopened": "state_change",
}
# "The reason remains as mention, regardless of whether you're ever mentioned again."
_LASTING: tuple[Reason, ...] = ("mention", "team_mention")


class Notifications:
    """Every person's inbox, and everything that anybody was told, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.inbox: dict[int, Notification] = {}
        self.told: deque[Telling] = deque(maxlen=_KEPT)

    def hear(self, happening: Happening) -> None:
        """Tell whoever is to be told of it, and remember who follows from now on."""
        what = f"{happening.event}.{happening.action}"
        if reason := _FOLLOWED_BY.get(happening.action):
            self._follow(happening.issue, happening.sender, reason)
        if what in _FOR_ONE:
            for account in self._people(happening.about):
                self._follow(happening.issue, account, _FOR_ONE[what], anew=True)
                self._tell(account, _FOR_ONE[what], happening, what)
        if what in _FOR_ALL and not _only_frames_comments(happening):
            for account, why in self._audience(happening, named_in(happening.new_text)):
                self._tell(account, why, happening, what)

    def of(self, account: Account) -> list[Notification]:
        """A person's conversations, the latest first."""
        found = [one for one in self.inbox.values() if one.account is account]
        return sorted(found, key=lambda one: (one.updated_at, one.id), reverse=True)

    def _audience(self, happening: Happening, named: Named) -> Iterator[tuple[Account, Reason]]:
        """Who is to be told and why, each once: the mentioned first, then who follows it, then who follows the repository."""
        repo, issue = happening.repo, happening.issue
        reasons: dict[Account, Reason] = {}
        for account in self._mentioned(repo, named):
            reasons.setdefault(account, "mention")
        for account in self._in_mentioned_teams(repo, named):
            reasons.setdefault(account, "team_mention")
        for account in reasons:
            self._follow(issue, account, reasons[account], anew=True)
        for number, subscription in issue.subscriptions.items():
            if not subscription.ignored:
                reasons.setdefault(self._store.accounts[number], subscription.reason)
        for number, watch in repo.watchers.items():
            if not watch.ignored:
                reasons.setdefault(self._store.accounts[number], "subscribed")
        yield from reasons.items()

    def _mentioned(self, repo: Repository, named: Named) -> Iterator[Account]:
        for login in named.logins:
            account = self._store.account(login)
            if account and account.type == "User" and may_see(Person(account), repo):
                yield account

    def _in_mentioned_teams(self, repo: Repository, named: Named) -> Iterator[Account]:
        """Only teams of the repository's own organisation that reach it."""
        for organization, slug in named.teams:
            team = repo.owner.teams.get(slug) if organization == repo.owner.login.lower() else None
            if team and (not repo.private or team.role_on(repo.id) != "none"):
                yield from self._people(team)

    def _people(self, who: Account | Team | None) -> Iterator[Account]:
        if isinstance(who, Team):
            yield from (self._store.accounts[number] for number in who.members)
        elif who:
            yield who

    def _follow(self, issue: Issue, account: Account, reason: Reason, *, anew: bool = False) -> None:
        """Who follows already keeps the reason, unless it is a new one that is about them; a mention stays."""
        held = issue.subscriptions.get(account.id)
        if account.type != "User" or (held and (held.ignored or held.reason in _LASTING or not anew)):
            return
        issue.subscriptions[account.id] = Subscription(reason, held.created_at if held else now())

    def _tell(self, account: Account, reason: Reason, happening: Happening, what: str) -> None:
        repo, issue, said = happening.repo, happening.issue, happening.said
        watch, held = repo.watchers.get(account.id), issue.subscriptions.get(account.id)
        deaf = account is happening.sender or account.type != "User" or not may_see(Person(account), repo)
        if deaf or (watch and watch.ignored) or (held and held.ignored):
            return
        moment = now()
        found = next((one for one in self.inbox.values() if one.account is account and one.issue is issue), None)
        if found is None:
            found = Notification(self._store.new_id("notification"), account, repo, issue, reason, moment)
            self.inbox[found.id] = found
        found.reason, found.updated_at, found.said, found.unread = reason, moment, said, True
        comment = said.id if said else None
        sender = happening.sender.login
        self.told.append(Telling(moment, account.login, reason, repo.full_name, issue.number, what, comment, sender))


def _only_frames_comments(happening: Happening) -> bool:
    """Whether it is a review without words or verdict: its comments are heard of by themselves."""
    said = happening.said
    return isinstance(said, Review) and said.state == "COMMENTED" and not said.body
