"""All that GitHub remembers, in memory: accounts, repositories, the App, its installations; and where new ids come from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from emulators.github.clock import now
from emulators.github.git_repository import BareRepository
from emulators.github.model.accounts import Account, AccountType
from emulators.github.model.actions import Actions
from emulators.github.model.apps import App, Delivery, Installation
from emulators.github.model.discussions import Label
from emulators.github.model.repositories import Repository

# Real ids of these kinds have outgrown 32 bits; here too, so that whoever stores them in 32 finds out.
_FIRST_ID = {"comment": 5_200_000_001, "issue": 4_700_000_001, "check_run": 65_000_000_001, "check_suite": 58_000_000_001}
_ANY_FIRST_ID = 10_001

# These grow together, so that their order is known within one second too, which is all that GitHub's times tell.
_CONVERSATION = frozenset({"comment", "issue_event", "review"})

# What every new repository on GitHub starts with.
_DEFAULT_LABELS = (
    ("bug", "d73a4a", "Something isn't working"),
    ("documentation", "0075ca", "Improvements or additions to documentation"),
    ("duplicate", "cfd3d7", "This issue or pull request already exists"),
    ("enhancement", "a2eeef", "New feature or request"),
    ("good first issue", "7057ff", "Good for newcomers"),
    ("help wanted", "008672", "Extra attention is needed"),
    ("invalid", "e4e669", "This doesn't seem right"),
    ("question", "d876e3", "Further information is requested"),
    ("wontfix", "ffffff", "This will not be worked on"),
)


class Store:
    """One GitHub's memory. Names of accounts and repositories are found whatever their case."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Whether new repositories run their workflows; it can be set for each.
        self.run_workflows = False
        self.accounts: dict[int, Account] = {}
        self.repositories: dict[int, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.deliveries: list[Delivery] = []
        self.apps: dict[int, App] = {}
        self._counters: dict[str, Iterator[int]] = {}
        self._former_names: dict[str, Repository] = {}

    def new_id(self, kind: str) -> int:
        """The next id for this kind of thing, growing by one; by more for what conversations are made of."""
        row = "conversation" if kind in _CONVERSATION else kind
        if row not in self._counters:
            self._counters[row] = itertools.count(0)
        return _FIRST_ID.get(kind, _ANY_FIRST_ID) + next(self._counters[row])

    def place_of(self, kind: str, number: int) -> int:
        """Where the thing with this id stands in its conversation: what was said or done later is further on."""
        return number - _FIRST_ID.get(kind, _ANY_FIRST_ID)

    def account(self, login: str) -> Account | None:
        return next((account for account in self.accounts.values() if account.login.lower() == login.lower()), None)

    def repository(self, owner: str, name: str) -> Repository | None:
        wanted = f"{owner}/{name}".lower()
        return next((found for found in self.repositories.values() if found.full_name.lower() == wanted), None)

    def formerly(self, owner: str, name: str) -> Repository | None:
        """The repository that had this name before, as long as no other has it."""
        return None if self.repository(owner, name) else self._former_names.get(f"{owner}/{name}".lower())

    def leave_name(self, repository: Repository) -> None:
        """Remember the name that a repository is about to lose."""
        self._former_names[repository.full_name.lower()] = repository

    def forget(self, repository: Repository) -> None:
        """It is gone. Its folder in git stays until the emulator ends."""
        repository.deleted = True
        del self.repositories[repository.id]
        self._former_names = {name: one for name, one in self._former_names.items() if one is not repository}

    @property
    def app(self) -> App:
        """The one that was there first."""
        return next(iter(self.apps.values()))

    def app_called(self, slug: str) -> App | None:
        return next((app for app in self.apps.values() if app.slug == slug), None)

    def app_of_client(self, client_id: str) -> App | None:
        return next((app for app in self.apps.values() if app.client_id == client_id), None)

    def add_account(self, login: str, kind: AccountType = "User", name: str | None = None) -> Account:
        account = Account(self.new_id("account"), login, kind, now(), name)
        self.accounts[account.id] = account
        return account

    def add_repository(
        self, owner: Account, name: str, *, private: bool, default_branch: str = "main", description: str | None = None
    ) -> Repository:
        """Remember a new repository with GitHub's default labels. Its folder in git is made by the caller."""
        moment = now()
        number = self.new_id("repository")
        folder = self.root / "git" / owner.login.lower()
        # The name may have been another's, whose folder keeps it.
        taken = (folder / f"{name.lower()}.git").exists()
        git = BareRepository(folder / (f"{name.lower()}-{number}.git" if taken else f"{name.lower()}.git"))
        repository = Repository(
            id=number,
            owner=owner,
            name=name,
            git=git,
            private=private,
            default_branch=default_branch,
            created_at=moment,
            updated_at=moment,
            pushed_at=moment,
            description=description,
            actions=Actions(enabled=self.run_workflows),
        )
        for label, color, text in _DEFAULT_LABELS:
            repository.labels[label] = Label(self.new_id("label"), label, color, text, default=True)
        self.repositories[repository.id] = repository
        self._former_names.pop(repository.full_name.lower(), None)
        return repository

    def add_installation(self, account: Account, repository_ids: set[int] | None, app: App | None = None) -> Installation:
        """Install an App (the first one) on an account, with all that it asks for."""
        app = app or self.app
        installation = Installation(
            id=self.new_id("installation"),
            app=app,
            account=account,
            permissions=dict(app.permissions),
            events=list(app.events),
            created_at=now(),
            repository_ids=repository_ids,
        )
        self.installations[installation.id] = installation
        return installation

    def repositories_of(self, installation: Installation) -> list[Repository]:
        """What an installation covers, oldest first."""
        return [repository for repository in self.repositories.values() if installation.reaches(repository)]

    def installations_on(self, repository: Repository) -> list[Installation]:
        """Those of all Apps that reach a repository."""
        return [one for one in self.installations.values() if one.reaches(repository)]

    def installation_for(self, repository: Repository, app: App | None = None) -> Installation | None:
        """The installation of an App (the first one) that reaches a repository, if there is one."""
        app = app or self.app
        return next((one for one in self.installations.values() if one.app is app and one.reaches(repository)), None)
