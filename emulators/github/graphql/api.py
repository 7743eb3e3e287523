"""One GraphQL request, from the token to the answer. Queries are held against the schema by the reference library.

https://docs.github.com/graphql/guides/forming-calls-with-graphql
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from emulators.github.credentials import actor_of
from emulators.github.errors import Refused
from emulators.github.graphql.limits import held_to_limits
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, Anonymous, AppItself, InstallationToken

if TYPE_CHECKING:
    from graphql import GraphQLSchema

_SCHEMA = Path(__file__).parent / "schema.graphql"
_DOCUMENTATION = "https://docs.github.com/graphql"


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
                raise Refused(401, "This endpoint requires you to be authenticated.", documentation_url=_DOCUMENTATION)
            state["actor"] = actor.name
            if isinstance(actor, InstallationToken):
                state["permissions"] = actor.permissions
            query, variables, operation = _asked(await request.body())
            answer = held_to_limits(self._github, actor, query) or JSONResponse(
                await self._answer(query, variables, operation, actor),
                headers=self._github.rates.allowances.headers(actor, "graphql"),
            )
        except Refused as refused:
            answer = JSONResponse(refused.body(), refused.status, refused.headers)
        await answer(scope, receive, send)

    async def _answer(
        self, query: str, variables: dict[str, Any] | None, operation: str | None, actor: Actor
    ) -> dict[str, Any]:
        # Here, because it takes a while to import, and few who start the emulator ask.
        from graphql import build_schema, graphql

        from emulators.github.graphql.operations import root
        from emulators.github.graphql.problems import is_misfit, is_refusal, told
        from emulators.github.graphql.viewer import Viewer

        self._schema = self._schema or build_schema(_SCHEMA.read_text())
        viewer = Viewer(self._github, actor)
        result = await graphql(self._schema, query, root(viewer), variable_values=variables, operation_name=operation)
        if not result.errors:
            return {"data": result.data}
        if misfits := [error for error in result.errors if is_misfit(error)]:
            self._github.violations.record("request", "POST /graphql", [error.message for error in misfits])
        if bugs := [error.message for error in result.errors if not (is_misfit(error) or is_refusal(error))]:
            self._github.violations.record("answer", "POST /graphql", bugs)
        errors = [told(error) for error in result.errors]
        carried_out = any(error.path for error in result.errors)
        return {"data": result.data, "errors": errors} if carried_out else {"errors": errors}


def _asked(body: bytes) -> tuple[str, dict[str, Any] | None, str | None]:
    """Query, variables and the operation's name. Raises Refused for what isn't a request at all."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise Refused(400, "Problems parsing JSON", documentation_url=_DOCUMENTATION) from None
    query = asked.get("query") if isinstance(asked, dict) else None
    if not isinstance(query, str) or not query:
        message = "A query attribute must be specified and must be a string."
        raise Refused(400, message, documentation_url=_DOCUMENTATION)
    variables = asked.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "Variables must be an object.", documentation_url=_DOCUMENTATION)
    return query, variables, asked.get("operationName")
