"""Who and what is there at the start: an organisation, four people, one repository with a bug, the App installed on it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulators.github.clock import now
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, HookConfig
from emulators.github.model.discussions import Issue, IssueEvent
from emulators.github.model.repositories import Repository
from emulators.github.seed.history import PlannedCommit, write_history
from emulators.github.store import Store

OWNER = "tidewater-labs"
REPOSITORY = "timespan"
MAINTAINER = "mira-okafor"
READER = "jonas-reed"
OUTSIDER = "pat-quill"
APP_SLUG = "harvest-local"

# The least that Harvest asks for; a manifest given at the start replaces it.
DEFAULT_PERMISSIONS = {
    "actions": "read",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
DEFAULT_EVENTS = [
    "check_run",
    "check_suite",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "status",
]

_FOLDER = Path(__file__).parent / REPOSITORY
_NAMES = {MAINTAINER: "Mira Okafor", READER: "Jonas Reed", OUTSIDER: "Pat Quill"}


def register_app(
    store: Store, hook: HookConfig, public_key: RSAPublicKey, permissions: dict[str, str], events: list[str]
) -> None:
    """The organisation, its people, and the App that belongs to it."""
    owner = store.add_account(OWNER, "Organization", "Tidewater Labs")
    for login, name in _NAMES.items():
        store.add_account(login, "User", name)
    owner.members[_account(store, MAINTAINER).id] = "member"
    bot = store.add_account(f"{APP_SLUG}[bot]", "Bot")
    app = App(
        id=store.new_id("app"),
        slug=APP_SLUG,
        name="Harvest (local)",
        client_id="Iv23liHarvestLocal00",
        owner=owner,
        bot=bot,
        permissions=permissions,
        events=events,
        created_at=now(),
        hook=hook,
        public_key=public_key,
        client_secret=secrets.token_hex(20),
        device_flow=True,
    )
    store.apps[app.id] = app


async def seed(store: Store, hooks: Path, *, private: bool) -> Repository:
    """The repository with its history and issues, and the App installed on all that the organisation has."""
    owner, maintainer, reader = (_account(store, login) for login in (OWNER, MAINTAINER, READER))
    repo = store.add_repository(owner, REPOSITORY, private=private, description="Lengths of time as people write them")
    repo.roles.update({maintainer.id: "maintain", reader.id: "read"})
    await repo.git.create(repo.default_branch, hooks)
    await write_history(repo.git, repo.default_branch, _commits(store))
    for planned in json.loads((_FOLDER / "issues.json").read_text()):
        _add_issue(store, repo, planned)
    store.add_installation(owner, None)
    return repo


def _commits(store: Store) -> list[PlannedCommit]:
    commits = []
    for planned in json.loads((_FOLDER / "history.json").read_text()):
        folder, author = _FOLDER / planned["folder"], _account(store, planned["author"])
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if _belongs(path)}
        email = f"{author.id}+{author.login}@users.noreply.github.com"
        commits.append(PlannedCommit(author.name or author.login, email, planned["date"], planned["message"], files))
    return commits


def _belongs(path: Path) -> bool:
    """Whether it is a file of the seed, and not what an interpreter or a linter left beside it."""
    return path.is_file() and not {"__pycache__", ".ruff_cache", ".mypy_cache"} & set(path.parts)


def _add_issue(store: Store, repo: Repository, planned: dict[str, str]) -> None:
    author, moment = _account(store, planned["author"]), now()
    issue = Issue(store.new_id("issue"), repo.next_number, planned["title"], planned["body"], author, moment, moment)
    issue.labels = [repo.labels[name] for name in planned.get("labels", ())]
    repo.issues[issue.number] = issue
    if closer := planned.get("closed_by"):
        issue.state, issue.state_reason = "closed", "completed"
        issue.closed_at, issue.closed_by = moment, _account(store, closer)
        issue.events.append(IssueEvent(store.new_id("issue_event"), "closed", issue.closed_by, moment))


def _account(store: Store, login: str) -> Account:
    found = store.account(login)
    if found is None:
        raise LookupError(f"the seed names {login}, who has no account")
    return found
