from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, build_schema, get_named_type

import emulators.github.graphql as graphql_package
from tests.emulators.github.graphql_client import GraphQL
from tests.github_service import GitHubService

FOLDER = Path(graphql_package.__file__).parent
LAST_EDIT = """query ($owner: String!, $name: String!, $n: Int!) {
  repository(owner: $owner, name: $name) { issue(number: $n) { lastEditedAt } }
}"""


def _where(repo: str) -> dict[str, Any]:
    owner, name = repo.removeprefix("/repos/").split("/")
    return {"owner": owner, "name": name}


def test_only_an_edit_of_the_text_moves_last_edited_at(github: GitHubService, repo: str) -> None:
    reader = GraphQL(github, github.reader)
    number = github.outsider.post(f"{repo}/issues", {"title": "Bug", "body": "Bad."})["number"]
    github.outsider.post(f"{repo}/issues/{number}/comments", {"body": "Still there."})
    github.outsider.patch(f"{repo}/issues/{number}", {"title": "A bug"})
    assert reader.ask(LAST_EDIT, **_where(repo), n=number) == {"repository": {"issue": {"lastEditedAt": None}}}
    edited = github.outsider.patch(f"{repo}/issues/{number}", {"body": "Very bad."})
    assert reader.ask(LAST_EDIT, **_where(repo), n=number)["repository"]["issue"]["lastEditedAt"] == edited["updated_at"]


def test_what_cant_be_found_is_said_beside_the_data(github: GitHubService, repo: str) -> None:
    answer = GraphQL(github, github.reader).whole(LAST_EDIT, **_where(repo), n=999)
    assert answer["data"] == {"repository": {"issue": None}}
    assert (answer["errors"][0]["type"], answer["errors"][0]["path"]) == ("NOT_FOUND", ["repository", "issue"])
    nobody = GraphQL(github, github.reader).whole('{ node(id: "PR_x") { id } }')
    assert nobody["errors"][0]["message"] == "Could not resolve to a node with the global id of 'PR_x'."


@pytest.mark.parametrize(
    ("query", "message", "path", "extensions"),
    [
        (
            "query Last { viewer { loginn } }",
            "Field 'loginn' doesn't exist on type 'User'",
            ["query Last", "viewer", "loginn"],
            {"code": "undefinedField", "typeName": "User", "fieldName": "loginn"},
        ),
        (
            '{ repository(owner: "a") { id } }',
            "Field 'repository' is missing required arguments: name",
            ["query", "repository"],
            {"code": "missingRequiredArguments", "name": "repository", "arguments": "name"},
        ),
        (
            "{ viewer { id(x: 1) } }",
            "Field 'id' doesn't accept argument 'x'",
            ["query", "viewer", "id"],
            {"code": "argumentNotAccepted", "name": "id", "argumentName": "x"},
        ),
    ],
)
def test_a_query_that_does_not_fit_the_schema_gets_no_data(
    github: GitHubService, query: str, message: str, path: list[str], extensions: dict[str, str]
) -> None:
    answer = GraphQL(github, github.reader).whole(query)
    assert answer.keys() == {"errors"}
    error = answer["errors"][0]
    assert (error["message"], error["path"], error["extensions"]) == (message, path, extensions)
    assert error["locations"][0]["line"] == 1
    assert [violation["where"] for violation in github.violations()] == ["POST /graphql"]
    github.forget_violations()


def test_a_variable_that_does_not_fit_and_a_query_that_cant_be_read_get_no_data(github: GitHubService) -> None:
    reader = GraphQL(github, github.reader)
    wrong = reader.whole(LAST_EDIT, owner="a", name="b", n="one")
    assert [error["message"] for error in wrong["errors"]] == ["Variable $n of type Int! was provided invalid value"]
    assert "data" not in wrong
    assert reader.whole("{ viewer {")["errors"][0]["locations"] == [{"line": 1, "column": 11}]
    github.forget_violations()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "A query attribute must be specified and must be a string."),
        ({"query": 1}, "A query attribute must be specified and must be a string."),
        ([], "A query attribute must be specified and must be a string."),
    ],
)
def test_what_is_no_request_is_a_bad_one(github: GitHubService, body: Any, message: str) -> None:
    answer = GraphQL(github, github.reader).send(body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_the_schema_is_small_and_names_its_origin_and_licence() -> None:
    text = (FOLDER / "schema.graphql").read_text()
    assert len(text) < 30_000
    assert "@octokit/graphql-schema" in text
    assert "Licensed as MIT" in (FOLDER / "LICENSE").read_text()


def test_every_field_of_the_schema_has_an_answer(github: GitHubService, repo: str) -> None:
    """One query that asks for all of them, made from the schema; what can be null may be, and nothing else."""
    name = repo.removeprefix("/repos/")
    github.push(name, "fix", {"new.txt": "one\n"}, github.maintainer)
    number = github.maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "Well."})
    issue = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    pull = f"{repo}/pulls/{number}"
    github.maintainer.post(f"{pull}/requested_reviewers", {"reviewers": [github.reader.login]})
    comment = {"path": "new.txt", "line": 1, "body": "?"}
    github.maintainer.post(f"{pull}/reviews", {"event": "COMMENT", "comments": [comment]})

    schema = build_schema((FOLDER / "schema.graphql").read_text())
    assert schema.query_type
    fields = _all_fields(schema.type_map["Repository"], depth=6)
    text = f"query ($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {fields} }}"
    query = text.replace("issue(number: 1)", f"issue(number: {issue})")
    query = query.replace("pullRequest(number: 1)", f"pullRequest(number: {number})")
    answer = GraphQL(github, github.maintainer).ask(query, **_where(repo))["repository"]
    thread = answer["pullRequest"]["reviewThreads"]["nodes"][0]
    assert thread["comments"]["nodes"][0]["pullRequestReview"]["state"] == "COMMENTED"
    assert answer["pullRequest"]["reviewRequests"]["nodes"][0]["requestedReviewer"]["User_login"] == github.reader.login
    assert answer["issue"]["author"]["login"] == github.maintainer.login


def _all_fields(shape: Any, depth: int, alias: str = "") -> str:
    """A selection of all fields of a type, with the arguments that they need, as deep as asked."""
    if isinstance(shape, GraphQLUnionType):
        parts = [f"... on {one.name} {_all_fields(one, depth, f'{one.name}_')}" for one in shape.types]
        return f"{{ __typename {' '.join(parts)} }}"
    selected = ["__typename"]
    for name, field in shape.fields.items():
        inner = get_named_type(field.type)
        arguments = {"number": "number: 1", "first": "first: 5"}
        given = [text for argument, text in arguments.items() if argument in field.args]
        call = (f"{alias}{name}: " if alias else "") + (f"{name}({given[0]})" if given else name)
        if not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            selected.append(call)
        elif depth > 0:
            selected.append(f"{call} {_all_fields(inner, depth - 1)}")
    return f"{{ {' '.join(selected)} }}"


@pytest.mark.parametrize(
    ("page", "kind"),
    [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")],
)
def test_lists_are_asked_for_in_pages(github: GitHubService, repo: str, page: str, kind: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    for body in "abcde":
        github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": body})
    asked = f"""query ($owner: String!, $name: String!, $n: Int!, $after: String, $before: String) {{
      repository(owner: $owner, name: $name) {{ issue(number: $n) {{
        wrong: comments{page} {{ totalCount nodes {{ body }} }}
        count: comments {{ totalCount }}
        first: comments(first: 2, after: $after) {{ nodes {{ body }} pageInfo {{ hasNextPage endCursor }} }}
        last: comments(last: 2, before: $before) {{ nodes {{ body }} totalCount pageInfo {{ hasPreviousPage startCursor }} }}
      }} }} }}"""
    reader = GraphQL(github, github.reader)
    answer = reader.whole(asked, **_where(repo), n=number)
    assert answer["errors"][0]["type"] == kind
    shown = answer["data"]["repository"]
    assert shown is None or shown["issue"] is None, "the field is never null, so what holds it is"
    walked: list[str] = []
    cursor = None
    for _ in range(3):
        text = asked.replace(f"wrong: comments{page} {{ totalCount nodes {{ body }} }}", "")
        issue = reader.ask(text, **_where(repo), n=number, after=cursor)["repository"]["issue"]
        walked += [one["body"] for one in issue["first"]["nodes"]]
        cursor = issue["first"]["pageInfo"]["endCursor"]
    assert ("".join(walked), issue["first"]["pageInfo"]["hasNextPage"]) == ("abcde", False)
    back = reader.ask(text, **_where(repo), n=number, before=issue["last"]["pageInfo"]["startCursor"])
    assert [one["body"] for one in back["repository"]["issue"]["last"]["nodes"]] == ["b", "c"]
    assert issue["last"]["totalCount"] == 5


def test_a_repository_is_found_by_the_name_that_it_had_unless_that_is_not_wanted(github: GitHubService, repo: str) -> None:
    owner, name = repo.removeprefix("/repos/").split("/")
    github.control("PUT", f"repos/{owner}/{name}/roles/{github.maintainer.login}", {"role": "admin"})
    github.maintainer.patch(repo, {"name": f"{name}-renamed"})
    asked = "query ($o: String!, $n: String!, $f: Boolean!) { repository(owner: $o, name: $n, followRenames: $f) { name } }"
    reader = GraphQL(github, github.reader)
    assert reader.ask(asked, o=owner, n=name, f=True)["repository"]["name"] == f"{name}-renamed"
    assert reader.whole(asked, o=owner, n=name, f=False)["errors"][0]["type"] == "NOT_FOUND"
