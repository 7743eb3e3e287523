"""Where every query and mutation begins: the fields of the schema's two roots, for one viewer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from emulators.github.errors import Refused
from emulators.github.graphql import lookup, nodes
from emulators.github.graphql.merging import MERGING
from emulators.github.graphql.mutations import MUTATIONS, Mutation
from emulators.github.graphql.viewer import Viewer


def root(viewer: Viewer) -> dict[str, Any]:
    """The fields of `Query` and `Mutation`, whose names differ."""

    def repository(_info: Any, owner: str, name: str, followRenames: bool) -> nodes.Node:  # noqa: N803
        store = viewer.github.store
        found = store.repository(owner, name) or (store.formerly(owner, name) if followRenames else None)
        if found is None or not viewer.sees(found):
            raise Refused(404, f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return nodes.repository(viewer, found)

    def who(_info: Any) -> nodes.Node:
        """Here alone, a bot has the login that REST gives it."""
        return {**nodes.account(viewer, viewer.account), "login": viewer.account.login}

    return {
        "repository": repository,
        "node": lambda _info, id: lookup.node(viewer, id),
        "viewer": who,
        **{name: _carried_out(viewer, mutation) for name, mutation in {**MUTATIONS, **MERGING}.items()},
    }


def _carried_out(viewer: Viewer, mutation: Mutation) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def change(_info: Any, input: dict[str, Any]) -> dict[str, Any]:
        return {"clientMutationId": input.get("clientMutationId"), **await mutation(viewer, input)}

    return change
