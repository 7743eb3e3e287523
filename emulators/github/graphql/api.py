"""One GraphQL request, from the token to the answer. Queries are held against the schema by the reference library.

https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from emulators.github.access import lacks, may_see, read
from emulators.github.clock import maybe_stamp
from emulators.github.credentials import actor_of
from emulators.github.errors import Refused
from emulators.github.graphql.limits import held_to_limits
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, Anonymous, AppItself, InstallationToken

if TYPE_CHECKING:
    from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema

_SCHEMA = Path(__file__).parent / "schema.graphql"


class GraphQLApi:
    """The ASGI app at the one address that all queries go to."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._schema: GraphQLSchema | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        state = scope["state"]
        state["route"] = "/graphql"
        answer: Response
        try:
            actor = actor_of(self._github.tokens, request.headers.get("authorization"))
            if isinstance(actor, Anonymous | AppItself):
                raise Refused(401, "This endpoint requires you to be authenticated.")
            state["actor"] = actor.name
            if isinstance(actor, InstallationToken):
                state["permissions"] = actor.permissions
            asked = json.loads(await request.body())
            answer = held_to_limits(self._github, actor, asked["query"]) or JSONResponse(
                self._answer(asked["query"], asked.get("variables"), actor),
                headers=self._github.rates.allowances.headers(actor, "graphql"),
            )
        except Refused as refused:
            answer = JSONResponse(refused.body(), refused.status, refused.headers)
        except (ValueError, TypeError, KeyError):
            answer = JSONResponse({"message": "Problems parsing JSON"}, 400)
        await answer(scope, receive, send)

    def _answer(self, query: str, variables: dict[str, Any] | None, actor: Actor) -> dict[str, Any]:
        # Here, because it takes a while to import, and few who start the emulator ask.
        from graphql import build_schema, graphql_sync

        self._schema = self._schema or build_schema(_SCHEMA.read_text())
        result = graphql_sync(self._schema, query, Resolvers(self._github, actor), variable_values=variables)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [_shape(error) for error in result.errors]
            if unknown := [error.message for error in result.errors if error.original_error is None]:
                self._github.violations.record("request", "POST /graphql", unknown)
        return answer


class Resolvers:
    """What stands behind the schema's fields, for one actor."""

    def __init__(self, github: GitHub, actor: Actor) -> None:
        self._github = github
        self._actor = actor

    def repository(self, _info: GraphQLResolveInfo[Any], *, owner: str, name: str, followRenames: bool) -> RepositoryNode:  # noqa: N803
        found = self._github.store.repository(owner, name)
        if found is None or not may_see(self._actor, found):
            raise Refused(404, f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return RepositoryNode(found, self._actor)


class RepositoryNode:
    def __init__(self, repository: Repository, actor: Actor) -> None:
        self._repository = repository
        self._actor = actor

    def issue(self, _info: GraphQLResolveInfo[Any], *, number: int) -> IssueNode:
        if lacks(self._actor, self._repository, read("issues")):
            raise Refused(403, "Resource not accessible by integration")
        found = self._repository.issues.get(number)
        if found is None or found.pull:
            raise Refused(404, f"Could not resolve to an Issue with the number of {number}.")
        return IssueNode(found)


class IssueNode:
    def __init__(self, issue: Issue) -> None:
        self.lastEditedAt = maybe_stamp(issue.last_edited_at)


def _shape(error: GraphQLError) -> dict[str, Any]:
    """An error as GitHub tells it: with a type of its own when the query was sound."""
    shape: dict[str, Any] = dict(error.formatted)
    if isinstance(error.original_error, Refused):
        shape["type"] = "NOT_FOUND" if error.original_error.status == 404 else "FORBIDDEN"
        shape["message"] = error.original_error.message
    return shape
