"""A repository: its settings, who may do what in it, and everything that was said in it. Its commits live in git."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from emulators.github.git_repository import BareRepository
from emulators.github.model.accounts import Account, Role
from emulators.github.model.actions import Actions
from emulators.github.model.checks import CheckRun, CheckSuite, CommitStatus
from emulators.github.model.discussions import Comment, Issue, Label
from emulators.github.model.gone import Deleted, Transferred
from emulators.github.model.merge_settings import MergeSettings
from emulators.github.model.notifications import Subscription
from emulators.github.model.reviews import ReviewComment
from emulators.github.model.roles import highest
from emulators.github.model.rules import BranchRules


@dataclass(eq=False)
class Repository:
    """`roles` are by account id. `claimed_size_kb` stands in for a size that nobody wants on disk. `gone` are the
    numbers of issues that have left, `suites_by_hand` the ids of Apps for which a push opens no check suite."""

    id: int
    owner: Account
    name: str
    git: BareRepository
    private: bool
    default_branch: str
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    actions: Actions
    parent: Repository | None = None
    description: str | None = None
    archived: bool = False
    deleted: bool = False
    claimed_size_kb: int | None = None
    rules: BranchRules = field(default_factory=BranchRules)
    merging: MergeSettings = field(default_factory=MergeSettings)
    roles: dict[int, Role] = field(default_factory=dict)
    watchers: dict[int, Subscription] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    gone: dict[int, Transferred | Deleted] = field(default_factory=dict)
    check_suites: dict[int, CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[CommitStatus] = field(default_factory=list)
    suites_by_hand: set[int] = field(default_factory=set)
    size_kb: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def root(self) -> Repository:
        """Where its network of forks begins."""
        return self.parent.root if self.parent else self

    @property
    def next_number(self) -> int:
        """Issues and pull requests share one row of numbers."""
        return max([*self.issues, *self.gone], default=0) + 1

    @property
    def open_issue_count(self) -> int:
        return sum(issue.state == "open" for issue in self.issues.values())

    def role_of(self, account: Account) -> Role:
        """The highest that the account has here; anybody reads what is public."""
        return highest([self.role_given_to(account), "none" if self.private else "read"])

    def role_given_to(self, account: Account) -> Role:
        """What makes somebody a collaborator: a role of their own, by the organisation, or by a team.
        https://docs.github.com/rest/collaborators/collaborators#list-repository-collaborators
        """
        membership = self.owner.members.get(account.id)
        if account is self.owner or membership == "admin":
            return "admin"
        teams = [team.role_on(self.id) for team in self.owner.teams.values() if account.id in team.members]
        return highest([self.roles.get(account.id, "none"), self.owner.base_role if membership else "none", *teams])

    def find_comment(self, comment_id: int) -> tuple[Issue, Comment] | None:
        for issue in self.issues.values():
            for comment in issue.comments:
                if comment.id == comment_id:
                    return issue, comment
        return None

    def find_review_comment(self, comment_id: int) -> tuple[Issue, ReviewComment] | None:
        for issue in self.pulls():
            for comment in issue.pull.review_comments if issue.pull else ():
                if comment.id == comment_id:
                    return issue, comment
        return None

    def pulls(self) -> list[Issue]:
        """The issues that are pull requests, oldest first."""
        return [issue for issue in self.issues.values() if issue.pull]

    def pulls_at(self, sha: str) -> list[Issue]:
        """Open pull requests whose head is this commit and in this repository: checks tell of none from a fork."""
        pulls = [issue for issue in self.pulls() if issue.pull and issue.pull.head_sha == sha and not issue.pull.fork]
        return [issue for issue in pulls if issue.state == "open"]
