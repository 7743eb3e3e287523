"""Asks the GraphQL API over HTTP, as one person."""

from __future__ import annotations

from typing import Any

import httpx

from tests.github_service import GitHubService, Person


class GraphQL:
    def __init__(self, github: GitHubService, who: Person) -> None:
        self._github = github
        self._who = who

    def send(self, body: Any) -> httpx.Response:
        """One request, whatever its body and answer."""
        headers = {"authorization": f"Bearer {self._who.token}"}
        return self._who.api.post(f"{self._github.url}/api/graphql", json=body, headers=headers)

    def whole(self, query: str, **variables: Any) -> Any:
        """Data and errors."""
        return self.send({"query": query, "variables": variables}).json()

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a query that has no errors."""
        answer = self.whole(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def change(self, mutation: str, fields: str, **asked: Any) -> Any:
        """The payload of a mutation that is carried out."""
        return self.ask(_mutation(mutation, fields), input=asked)[mutation]

    def refused(self, mutation: str, fields: str = "clientMutationId", **asked: Any) -> tuple[str, str]:
        """Type and message of a mutation's one error."""
        answer = self.whole(_mutation(mutation, fields), input=asked)
        assert answer["data"] == {mutation: None}
        assert [error["path"] for error in answer["errors"]] == [[mutation]]
        return answer["errors"][0]["type"], answer["errors"][0]["message"]


def _mutation(name: str, fields: str) -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {fields} }} }}"
