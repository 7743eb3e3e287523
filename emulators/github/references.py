"""What a new text leaves in the histories of what it names: who is mentioned, and which other issue it refers to.

https://docs.github.com/rest/using-the-rest-api/issue-event-types#mentioned, …#subscribed, …#cross-referenced
"""

from __future__ import annotations

from emulators.github.access import may_see
from emulators.github.clock import now
from emulators.github.happenings import Happening
from emulators.github.mentions import named_in
from emulators.github.model.discussions import CrossReference, Issue, IssueEvent
from emulators.github.model.repositories import Repository
from emulators.github.store import Store
from emulators.github.tokens import Person


class References:
    def __init__(self, store: Store) -> None:
        self._store = store

    def hear(self, happening: Happening) -> None:
        """Write down what a new text names."""
        repo, issue, sender = happening.repo, happening.issue, happening.sender
        named = named_in(happening.new_text)
        for login in named.logins:
            account = self._store.account(login)
            if account and account.type == "User" and may_see(Person(account), repo):
                for event in ("mentioned", "subscribed"):
                    if not any(one.event == event and one.actor is account for one in issue.events):
                        issue.events.append(IssueEvent(self._store.new_id("issue_event"), event, account, now()))
        for name, number in named.issues:
            target = self._issue(repo, name, number)
            if target and target is not issue and not any(one.issue is issue for one in target.references):
                number = self._store.new_id("issue_event")
                target.references.append(CrossReference(number, repo, issue, sender, now()))

    def _issue(self, repo: Repository, name: str | None, number: int) -> Issue | None:
        found = repo if name is None else self._store.repository(*name.split("/", 1))
        return found.issues.get(number) if found else None
