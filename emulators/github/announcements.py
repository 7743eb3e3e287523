"""The events that GitHub tells the App about: each builds its payload as it is at this moment and hands it to the webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulators.github.clock import stamp
from emulators.github.git_diff import FileChange
from emulators.github.git_repository import ABSENT, Commit
from emulators.github.happenings import Happening, Listener
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, Installation
from emulators.github.model.checks import CheckRun, CheckSuite
from emulators.github.model.discussions import Comment, Issue
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment, ReviewThread
from emulators.github.shapes import accounts, checks, commits, discussions, organizations, pulls, repositories, reviews
from emulators.github.shapes.addresses import Addresses, node_id
from emulators.github.store import Store
from emulators.github.webhooks import Webhooks

Payload = dict[str, Any]

# "Only the GitHub App someone requests to re-run the check will receive this."
# https://docs.github.com/webhooks/webhook-events-and-payloads#check_run, …#check_suite
_FOR_ITS_OWN_APP = frozenset({"requested", "rerequested", "requested_action"})

# Every App gets these, whatever it subscribes to.
ALWAYS_SENT = frozenset({"ping", "installation", "installation_repositories"})


class Announcements:
    """One method an event. Only what the installation subscribes to is sent, and nothing of a suspended one. The
    `listeners` here hear of everything that happens in a conversation, before it is sent."""

    def __init__(self, store: Store, at: Addresses, webhooks: Webhooks) -> None:
        self._store = store
        self._at = at
        self._webhooks = webhooks
        # What happens here by itself follows from what is told: each is called with event, repository, sender and payload.
        self.followers: list[Callable[[str, Repository, Account, Payload], None]] = []
        self.listeners: list[Listener] = []

    def issues(self, action: str, repo: Repository, issue: Issue, sender: Account, **more: Any) -> None:
        self._heard(Happening("issues", action, repo, issue, sender))
        shape = discussions.issue_as_told(self._at, repo, issue)
        self.send("issues", repo, sender, {"action": action, "issue": shape, **more})

    def repository(self, action: str, repo: Repository, sender: Account, **more: Any) -> None:
        self.send("repository", repo, sender, {"action": action, **more})

    def issue_comment(
        self, action: str, repo: Repository, issue: Issue, comment: Comment, sender: Account, **more: Any
    ) -> None:
        self._heard(Happening("issue_comment", action, repo, issue, sender, comment))
        payload = {
            "action": action,
            "issue": discussions.issue_as_told(self._at, repo, issue),
            "comment": discussions.comment(self._at, repo, issue, comment),
            **more,
        }
        self.send("issue_comment", repo, sender, payload)

    def pull_request(
        self, action: str, repo: Repository, issue: Issue, facts: pulls.PullFacts, sender: Account, **more: Any
    ) -> None:
        self._heard(Happening("pull_request", action, repo, issue, sender))
        shape = pulls.pull(self._at, repo, issue, facts)
        self.send("pull_request", repo, sender, {"action": action, "number": issue.number, "pull_request": shape, **more})

    def review(self, action: str, repo: Repository, issue: Issue, review: Review, sender: Account, **more: Any) -> None:
        self._heard(Happening("pull_request_review", action, repo, issue, sender, review))
        shape = reviews.review(self._at, repo, issue, review)
        payload = {
            "action": action,
            "review": {**shape, "state": review.state.lower(), "submitted_at": shape.get("submitted_at")},
            "pull_request": _slim_pull(self._at, repo, issue),
            **more,
        }
        self.send("pull_request_review", repo, sender, payload)

    def review_comment(
        self, action: str, repo: Repository, issue: Issue, comment: ReviewComment, sender: Account, **more: Any
    ) -> None:
        self._heard(Happening("pull_request_review_comment", action, repo, issue, sender, comment))
        payload = {
            "action": action,
            "comment": reviews.review_comment(self._at, repo, issue, comment),
            "pull_request": _slim_pull(self._at, repo, issue),
            **more,
        }
        self.send("pull_request_review_comment", repo, sender, payload)

    def review_thread(self, action: str, repo: Repository, issue: Issue, thread: ReviewThread, sender: Account) -> None:
        payload = {
            "action": action,
            "thread": reviews.review_thread(self._at, repo, issue, thread),
            "pull_request": _slim_pull(self._at, repo, issue),
        }
        self.send("pull_request_review_thread", repo, sender, payload)

    def check_run(self, action: str, repo: Repository, run: CheckRun, sender: Account, **more: Any) -> None:
        shape = checks.check_run_in_webhook(self._at, repo, run)
        only = run.app if action in _FOR_ITS_OWN_APP else None
        self.send("check_run", repo, sender, {"action": action, "check_run": shape, **more}, only)

    def check_suite(self, action: str, repo: Repository, suite: CheckSuite, head: Commit, sender: Account) -> None:
        shape = checks.check_suite(self._at, repo, suite, head)
        del shape["repository"]
        only = suite.app if action in _FOR_ITS_OWN_APP else None
        self.send("check_suite", repo, sender, {"action": action, "check_suite": shape}, only)

    def push(
        self,
        repo: Repository,
        ref: str,
        before: str,
        after: str,
        pushed: list[tuple[Commit, tuple[FileChange, ...]]],
        forced: bool,
        sender: Account,
    ) -> None:
        """`pushed` are the new commits, oldest first, each with what it changed."""
        listed = [commits.commit_in_push(self._at, repo, commit, changes) for commit, changes in pushed]
        payload = {
            "ref": ref,
            "before": before,
            "after": after,
            "repository": repositories.repository_in_push(self._at, repo),
            "pusher": {"name": sender.login, "email": f"{sender.id}+{sender.login}@users.noreply.github.com"},
            "created": before == ABSENT,
            "deleted": after == ABSENT,
            "forced": forced,
            "base_ref": None,
            "compare": f"{self._at.page(repo)}/compare/{before[:12]}...{after[:12]}",
            "commits": listed,
            "head_commit": listed[-1] if listed else None,
        }
        self.send("push", repo, sender, payload)

    def installation(self, action: str, installed: Installation, sender: Account) -> None:
        covered = [repositories.repository_in_installation(repo) for repo in self._store.repositories_of(installed)]
        payload = {
            "action": action,
            "installation": accounts.installation(self._at, installed),
            "repositories": covered,
            "requester": None,
            "sender": accounts.simple_user(self._at, sender),
        }
        self._webhooks.send("installation", payload, installed.app, installation_id=installed.id)

    def installation_repositories(
        self, installed: Installation, added: list[Repository], removed: list[Repository], sender: Account
    ) -> None:
        payload = {
            "action": "added" if added else "removed",
            "installation": accounts.installation(self._at, installed),
            "repository_selection": installed.selection,
            "repositories_added": [repositories.repository_in_installation(repo) for repo in added],
            "repositories_removed": [repositories.repository_in_installation(repo) for repo in removed],
            "requester": None,
            "sender": accounts.simple_user(self._at, sender),
        }
        self._webhooks.send("installation_repositories", payload, installed.app, installation_id=installed.id)

    def ping(self) -> None:
        app = self._store.app
        hook = app.hook
        payload = {
            "zen": "Keep it logically awesome.",
            "hook_id": hook.id,
            "hook": {
                "type": "App",
                "id": hook.id,
                "name": "web",
                "active": True,
                "events": app.events,
                "config": {
                    "content_type": hook.content_type,
                    "insecure_ssl": hook.insecure_ssl,
                    "secret": "********",
                    "url": hook.url,
                },
                "updated_at": stamp(app.created_at),
                "created_at": stamp(app.created_at),
                "app_id": app.id,
                "deliveries_url": f"{self._at.api}/app/hook/deliveries",
            },
        }
        self._webhooks.send("ping", payload, app)

    def send(self, event: str, repo: Repository, sender: Account, payload: Payload, only: App | None = None) -> None:
        """An event of a repository, with what every payload has, to all Apps there or to one of them."""
        for follow in self.followers:
            follow(event, repo, sender, payload)
        for installed in self._store.installations_on(repo):
            if not installed.suspended_at and event in installed.events and only in (None, installed.app):
                self._send_to(installed, event, repo, sender, payload)

    def _send_to(self, installed: Installation, event: str, repo: Repository, sender: Account, payload: Payload) -> None:
        whole: Payload = {"repository": repositories.repository_in_webhook(self._at, repo), **payload}
        if repo.owner.type == "Organization":
            whole["organization"] = organizations.organization(self._at, repo.owner)
        whole["sender"] = accounts.simple_user(self._at, sender)
        whole["installation"] = {"id": installed.id, "node_id": node_id("MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u", installed.id)}
        self._webhooks.send(event, whole, installed.app, installation_id=installed.id, repository_id=repo.id)

    def _heard(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)


def _slim_pull(at: Addresses, repo: Repository, issue: Issue) -> Payload:
    """Review events carry the pull request as lists do, without counts and mergeability."""
    return pulls.pull_simple(at, repo, issue)
