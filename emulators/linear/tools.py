"""The tools: their names and arguments as the real server lists them, and what each does to the workspace.

The real one has 47; these are what an agent at work on an issue uses. `older` names are those that it had until early 2026
(`create_comment` where there is `save_comment` now), which some workspaces' proxies still have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators.linear.workspace import PRIORITIES, STATES, Issue, NotThere, Workspace, now

Arguments = dict[str, Any]

DEFAULT_PAGE, LARGEST_PAGE = 50, 250


class Misused(Exception):
    """The arguments can't be used; the message is for the caller."""


@dataclass(frozen=True)
class Tool:
    """`required` are the arguments that it can't do without; the others may be left out."""

    name: str
    description: str
    properties: dict[str, Any]
    required: tuple[str, ...]
    run: Callable[[Workspace, Arguments], Any]

    def listed(self) -> dict[str, Any]:
        schema = {
            "type": "object",
            "properties": self.properties,
            "required": list(self.required),
            "additionalProperties": False,
            "$schema": "http://json-schema.org/draft-07/schema#",
        }
        return {"name": self.name, "description": self.description, "inputSchema": schema}

    def checked(self, arguments: Arguments) -> Arguments:
        """The arguments, if they are those of the schema. Raises Misused."""
        if lacking := [name for name in self.required if not arguments.get(name)]:
            raise Misused(f"Invalid arguments: {', '.join(lacking)}: Required")
        if unknown := [name for name in arguments if name not in self.properties]:
            raise Misused(f"Invalid arguments: Unrecognized key(s) in object: {', '.join(unknown)}")
        kinds = {"string": str, "number": (int, float), "array": list, "boolean": bool}
        for name, value in arguments.items():
            kind = self.properties[name].get("type")
            if kind is not None and not isinstance(value, kinds[kind]):  # type: ignore[arg-type]
                raise Misused(f"Invalid arguments: {name}: Expected {kind}")
        return arguments


def text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


ISSUE = "Issue ID or identifier (e.g., LIN-123)"
MARKDOWN = "Content as Markdown. Do not escape the string — use literal newlines and special characters"
PAGING = {
    "limit": {"type": "number", "default": DEFAULT_PAGE, "maximum": LARGEST_PAGE, "description": "Max results"},
    "cursor": text("Next page cursor"),
    "orderBy": {
        "type": "string",
        "default": "updatedAt",
        "enum": ["createdAt", "updatedAt"],
        "description": "Sort: createdAt | updatedAt",
    },
}
OF_AN_ISSUE = {
    "title": text("Issue title (required when creating)"),
    "description": text(MARKDOWN),
    "team": text("Team name or ID (required when creating)"),
    "state": text("State type, name, or ID"),
    "assignee": text('User ID, name, email, or "me"'),
    "priority": {"type": "number", "description": "0=None, 1=Urgent, 2=High, 3=Normal, 4=Low"},
    "labels": {"type": "array", "items": {"type": "string"}, "description": "Label names or IDs"},
    "links": {
        "type": "array",
        "description": "Link attachments to add [{url, title}]. Append-only; existing links are never removed",
        "items": {"type": "object", "properties": {"url": {"type": "string"}, "title": {"type": "string"}}},
    },
}


def page(name: str, rows: list[dict[str, Any]], arguments: Arguments) -> dict[str, Any]:
    """One page, the newest first; the cursor is where the next begins."""
    order, cursor = arguments.get("orderBy", "updatedAt"), arguments.get("cursor", "0")
    if not str(cursor).isdigit():
        raise Misused("Argument Validation Error - cursor must be a valid cursor.")
    newest_first = rows[::-1]  # of one moment too
    rows = sorted(newest_first, key=lambda row: str(row[order]), reverse=True)
    start, size = int(cursor), max(1, min(LARGEST_PAGE, int(arguments.get("limit", DEFAULT_PAGE))))
    more = start + size < len(rows)
    return {name: rows[start : start + size], "hasNextPage": more, **({"cursor": str(start + size)} if more else {})}


def list_issues(workspace: Workspace, arguments: Arguments) -> Any:
    found = list(workspace.issues.values())
    if "team" in arguments:
        team = workspace.team(arguments["team"])
        found = [issue for issue in found if issue.team is team]
    if "state" in arguments:
        wanted = str(arguments["state"]).lower()
        found = [issue for issue in found if wanted in (issue.state.lower(), STATES[issue.state])]
    if "query" in arguments:
        words = str(arguments["query"]).lower()
        found = [issue for issue in found if words in f"{issue.title}\n{issue.description}".lower()]
    if "assignee" in arguments:
        person = workspace.person(str(arguments["assignee"]))
        found = [issue for issue in found if issue.assignee == person]
    return page("issues", [workspace.shown(issue) for issue in found], arguments)


def get_issue(workspace: Workspace, arguments: Arguments) -> Any:
    return workspace.shown(workspace.issue(arguments["id"]))


def save_issue(workspace: Workspace, arguments: Arguments) -> Any:
    if "id" in arguments:
        issue = workspace.issue(arguments["id"])
    elif not arguments.get("title") or not arguments.get("team"):
        raise Misused("title and team are required when creating an issue")
    else:
        issue = workspace.new_issue(workspace.team(arguments["team"]), arguments["title"], workspace.me)
    change(workspace, issue, arguments)
    return workspace.shown(issue)


def change(workspace: Workspace, issue: Issue, arguments: Arguments) -> None:
    issue.title = arguments.get("title", issue.title)
    issue.description = arguments.get("description", issue.description)
    issue.labels = arguments.get("labels", issue.labels)
    issue.links += arguments.get("links", [])
    if "state" in arguments:
        issue.state = issue.team.state(arguments["state"])
    if "assignee" in arguments:
        issue.assignee = workspace.person(arguments["assignee"])
    if "priority" in arguments:
        if arguments["priority"] not in range(len(PRIORITIES)):
            raise Misused("Argument Validation Error - priority must not be greater than 4.")
        issue.priority = int(arguments["priority"])
    issue.updated_at = now()


def list_comments(workspace: Workspace, arguments: Arguments) -> Any:
    issue = workspace.issue(arguments["issueId"])
    return page("comments", [comment.shown() for comment in issue.comments], arguments)


def save_comment(workspace: Workspace, arguments: Arguments) -> Any:
    if "id" in arguments:
        _, comment = workspace.comment(arguments["id"])
        comment.body, comment.updated_at = arguments["body"], now()
        return comment.shown()
    if "parentId" in arguments:
        issue, parent = workspace.comment(arguments["parentId"])
        return workspace.write_comment(issue, arguments["body"], workspace.me, parent.id).shown()
    if "issueId" not in arguments:
        raise Misused("Provide exactly one of issueId, projectId, initiativeId, documentId, milestoneId, or statusUpdateId")
    issue = workspace.issue(arguments["issueId"])
    return workspace.write_comment(issue, arguments["body"], workspace.me).shown()


def delete_comment(workspace: Workspace, arguments: Arguments) -> Any:
    issue, comment = workspace.comment(arguments["id"])
    issue.comments.remove(comment)
    return {"success": True}


def list_teams(workspace: Workspace, arguments: Arguments) -> Any:
    return page("teams", [team.shown() for team in workspace.teams.values()], arguments)


def get_team(workspace: Workspace, arguments: Arguments) -> Any:
    return workspace.team(arguments["query"]).shown()


def list_statuses(workspace: Workspace, arguments: Arguments) -> Any:
    states = workspace.team(arguments["team"]).states
    return [{"id": id_, "type": STATES[name], "name": name} for name, id_ in states.items()]


def get_status(workspace: Workspace, arguments: Arguments) -> Any:
    team = workspace.team(arguments["team"])
    name = team.state(arguments.get("id") or arguments["name"])
    return {"id": team.states[name], "type": STATES[name], "name": name}


def list_labels(workspace: Workspace, arguments: Arguments) -> Any:
    names = sorted({label for issue in workspace.issues.values() for label in issue.labels})
    return {"labels": [{"id": name, "name": name} for name in names], "hasNextPage": False}


def list_users(workspace: Workspace, arguments: Arguments) -> Any:
    return {"users": [person.shown() for person in workspace.people], "hasNextPage": False}


def get_user(workspace: Workspace, arguments: Arguments) -> Any:
    return workspace.person(arguments["query"]).shown()


_ID = text("Only for updating an existing issue. Pass the issue ID or identifier (e.g., LIN-123)")
_COMMENT = {
    "id": text("Comment ID. If provided, updates the existing comment"),
    "issueId": text(f"{ISSUE} (provide exactly one parent)"),
    "parentId": text("Parent comment ID (for replies, only when creating)"),
    "body": text(MARKDOWN),
}
_FILTERS = {
    **PAGING,
    "query": text("Search issue title or description"),
    "team": text("Team name or ID"),
    "state": text("State type, name, or ID"),
    "assignee": text('User ID, name, email, or "me"'),
}
_QUERY = {"query": text("Team or user: UUID, key, name, email or me")}
_TEAM = {"team": text("Team name or ID")}

READING: tuple[Tool, ...] = (
    Tool(
        "get_issue",
        "Retrieve detailed information about an issue by ID, including attachments and git branch name",
        {"id": text(ISSUE), "includeRelations": {"type": "boolean", "default": False}},
        ("id",),
        get_issue,
    ),
    Tool(
        "list_issues",
        'List issues in the user\'s Linear workspace. For my issues, use "me" as the assignee.',
        _FILTERS,
        (),
        list_issues,
    ),
    Tool("list_comments", "List comments on a Linear issue", {**PAGING, "issueId": text(ISSUE)}, ("issueId",), list_comments),
    Tool("list_issue_statuses", "List available issue statuses in a Linear team", _TEAM, ("team",), list_statuses),
    Tool(
        "get_issue_status",
        "Retrieve detailed information about an issue status in Linear by name or ID",
        {**_TEAM, "id": text("Status ID"), "name": text("Status name")},
        ("team",),
        get_status,
    ),
    Tool("list_issue_labels", "List available issue labels in a workspace or team", {**PAGING, **_TEAM}, (), list_labels),
    Tool("list_teams", "List teams in the user's Linear workspace", PAGING, (), list_teams),
    Tool("get_team", "Retrieve details of a specific Linear team", _QUERY, ("query",), get_team),
    Tool("list_users", "Retrieve users in the Linear workspace", PAGING, (), list_users),
    Tool("get_user", "Retrieve details of a specific Linear user", _QUERY, ("query",), get_user),
)
WRITING: tuple[Tool, ...] = (
    Tool(
        "save_issue",
        "Create or update a Linear issue. If `id` is provided, updates the existing issue",
        {"id": _ID, **OF_AN_ISSUE},
        (),
        save_issue,
    ),
    Tool(
        "save_comment",
        "Create or update a comment on a Linear issue. If `id` is provided, updates the existing comment",
        _COMMENT,
        ("body",),
        save_comment,
    ),
    Tool("delete_comment", "Delete a Linear comment", {"id": text("Comment ID")}, ("id",), delete_comment),
)
OLDER: tuple[Tool, ...] = (
    Tool("create_issue", "Create a new Linear issue", OF_AN_ISSUE, ("title", "team"), save_issue),
    Tool("update_issue", "Update an existing Linear issue", {"id": _ID, **OF_AN_ISSUE}, ("id",), save_issue),
    Tool(
        "create_comment",
        "Create a comment on a specific Linear issue",
        {name: _COMMENT[name] for name in ("issueId", "parentId", "body")},
        ("issueId", "body"),
        save_comment,
    ),
)


def tools(*, older: bool = False) -> dict[str, Tool]:
    """All that the server has, by name and in its order."""
    return {tool.name: tool for tool in (*READING, *(OLDER if older else WRITING))}


def run(tool: Tool, workspace: Workspace, arguments: Arguments) -> Any:
    """What it answers, as plain JSON. Raises Misused and NotThere."""
    try:
        return tool.run(workspace, tool.checked(arguments))
    except KeyError as problem:
        raise NotThere(str(problem)) from problem
