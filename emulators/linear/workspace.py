"""What is in the emulated workspace: people, teams with their states, issues and what is said on them. No protocol here."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# https://linear.app/docs/configuring-workflows: the states of a new team, and the type of each.
STATES = {
    "Backlog": "backlog",
    "Todo": "unstarted",
    "In Progress": "started",
    "In Review": "started",
    "Done": "completed",
    "Canceled": "canceled",
}
PRIORITIES = ("None", "Urgent", "High", "Normal", "Low")
KEY = re.compile(r"([A-Z][A-Z0-9]{0,6})-([1-9][0-9]{0,6})")
BRANCH_SLUG_CHARACTERS = 50


class NotThere(Exception):
    """Something is named that the workspace does not have; the message is Linear's."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"Entity not found: {kind} - Could not find referenced {kind}.")


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    email: str

    @property
    def display_name(self) -> str:
        return self.email.partition("@")[0]

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "displayName": self.display_name,
            "email": self.email,
            "isActive": True,
        }


@dataclass
class Team:
    key: str
    name: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    states: dict[str, str] = field(default_factory=lambda: {name: str(uuid.uuid4()) for name in STATES})
    last_number: int = 0

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "key": self.key, "icon": None, "createdAt": EPOCH, "updatedAt": EPOCH}

    def state(self, wanted: str) -> str:
        """The name of the state that is meant by a name, a type or an id. Raises NotThere."""
        for name, id_ in self.states.items():
            if wanted == id_ or wanted.lower() in (name.lower(), STATES[name]):
                return name
        raise NotThere("WorkflowState")


@dataclass
class Comment:
    body: str
    author: Person
    created_at: str
    updated_at: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    parent: str | None = None

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "body": self.body,
            "author": {"id": self.author.id, "name": self.author.name},
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "parentId": self.parent,
            "quotedText": None,
        }


@dataclass
class Issue:
    key: str
    team: Team
    title: str
    created_by: Person
    created_at: str
    updated_at: str
    description: str = ""
    state: str = "Backlog"
    priority: int = 0
    labels: list[str] = field(default_factory=list)
    assignee: Person | None = None
    links: list[dict[str, str]] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)


EPOCH = "2026-01-05T09:00:00.000Z"


class Workspace:
    """One workspace. Its one key belongs to `me`."""

    def __init__(self, slug: str = "acme") -> None:
        self.slug = slug
        self.me = Person(str(uuid.uuid4()), "Harvest", "harvest@acme.example")
        self.people = [self.me, Person(str(uuid.uuid4()), "Ada Byron", "ada@acme.example")]
        self.teams: dict[str, Team] = {}
        self.issues: dict[str, Issue] = {}
        self.team_of("ENG", "Engineering")

    def team_of(self, key: str, name: str = "") -> Team:
        """The team of that key, which is made if there is none."""
        return self.teams.setdefault(key, Team(key, name or key.title()))

    def team(self, wanted: str) -> Team:
        """The team that is meant by a name, a key or an id. Raises NotThere."""
        for team in self.teams.values():
            if wanted == team.id or wanted.lower() in (team.key.lower(), team.name.lower()):
                return team
        raise NotThere("Team")

    def person(self, wanted: str) -> Person:
        """Whoever is meant by an id, a name, an address or "me". Raises NotThere."""
        for person in self.people:
            if wanted in (person.id, person.name, person.email, person.display_name):
                return person
        if wanted == "me":
            return self.me
        raise NotThere("User")

    def person_of(self, name: str) -> Person:
        """The person of that name, who is made if there is none."""
        for person in self.people:
            if person.name == name:
                return person
        made = Person(str(uuid.uuid4()), name, f"{re.sub('[^a-z]+', '.', name.lower()) or 'x'}@acme.example")
        self.people.append(made)
        return made

    def issue(self, key: str) -> Issue:
        """The issue of that key, in any case. Raises NotThere."""
        found = self.issues.get(key.upper())
        if found is None:
            raise NotThere("Issue")
        return found

    def new_issue(self, team: Team, title: str, by: Person, *, number: int | None = None) -> Issue:
        team.last_number = max(team.last_number, number or 0) if number else team.last_number + 1
        key = f"{team.key}-{number or team.last_number}"
        made = Issue(key, team, title, by, now(), now())
        self.issues[key] = made
        return made

    def comment(self, wanted: str) -> tuple[Issue, Comment]:
        """The comment of that id, and its issue. Raises NotThere."""
        for issue in self.issues.values():
            for comment in issue.comments:
                if comment.id == wanted:
                    return issue, comment
        raise NotThere("Comment")

    def write_comment(self, issue: Issue, body: str, by: Person, parent: str | None = None) -> Comment:
        made = Comment(body, by, now(), now(), parent=parent)
        issue.comments.append(made)
        return made

    def shown(self, issue: Issue) -> dict[str, Any]:
        """An issue as `get_issue` gives it."""
        slug = re.sub(r"[^a-z0-9]+", "-", issue.title.lower()).strip("-")
        return {
            "id": issue.key,
            "title": issue.title,
            "description": issue.description,
            "priority": {"value": issue.priority, "name": PRIORITIES[issue.priority]},
            "url": f"https://linear.app/{self.slug}/issue/{issue.key}/{slug}",
            "gitBranchName": f"{self.me.display_name}/{issue.key.lower()}-{slug[:BRANCH_SLUG_CHARACTERS].strip('-')}",
            "createdAt": issue.created_at,
            "updatedAt": issue.updated_at,
            "archivedAt": None,
            "completedAt": None,
            "dueDate": None,
            "status": issue.state,
            "statusType": STATES[issue.state],
            "labels": issue.labels,
            "attachments": [{"id": str(at), **link} for at, link in enumerate(issue.links)],
            "documents": [],
            "createdBy": issue.created_by.name,
            "createdById": issue.created_by.id,
            "assignee": None if issue.assignee is None else issue.assignee.name,
            "assigneeId": None if issue.assignee is None else issue.assignee.id,
            "team": issue.team.name,
            "teamId": issue.team.id,
        }


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
