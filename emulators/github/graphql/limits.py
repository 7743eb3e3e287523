"""The limits on GraphQL. The primary one is told with status 200, as an error of the answer.

https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from emulators.github.errors import Refused
from emulators.github.rates import PRIMARY_URL, Excess
from emulators.github.service import GitHub
from emulators.github.tokens import Actor


def held_to_limits(github: GitHub, actor: Actor, query: str) -> Response | None:
    """Count one query; what it is refused with, None when it may go on. Raises Refused for a secondary limit."""
    excess = github.rates.admit(actor, "graphql", writes=_mutates(query))
    if excess is None:
        github.rates.allowances.use(actor, "graphql")
        return None
    if excess.limit:
        github.violations.record("rate-limit", "POST /graphql", [f"more than {excess.limit}"])
    if excess.url == PRIMARY_URL:
        return _told(github, actor, excess)
    raise Refused(403, excess.message, headers=excess.headers, documentation_url=excess.url)


def _told(github: GitHub, actor: Actor, excess: Excess) -> Response:
    error = {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": excess.message}
    return JSONResponse({"errors": [error]}, 200, github.rates.allowances.headers(actor, "graphql"))


def _mutates(query: str) -> bool:
    """Whether any operation of a query changes something; one that can't be read changes nothing."""
    # Here, because it takes a while to import, and few who start the emulator ask.
    from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse

    try:
        definitions = parse(query).definitions
    except GraphQLSyntaxError:
        return False
    return any(isinstance(one, OperationDefinitionNode) and one.operation is OperationType.MUTATION for one in definitions)
