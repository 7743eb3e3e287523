"""What is wrong with a query, as GitHub tells it: a query that doesn't fit the schema gets no data, and one error with a code
for each misfit; what a field refuses while the query is carried out has a type, beside the data of the others.

https://docs.github.com/graphql/guides/forming-calls-with-graphql
"""

from __future__ import annotations

import re
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    VariableDefinitionNode,
    parse,
    print_ast,
)

from emulators.github.errors import Refused
from emulators.github.graphql.connections import BadPage

_TYPE_OF_STATUS = {403: "FORBIDDEN", 404: "NOT_FOUND", 422: "UNPROCESSABLE"}

# What the reference library finds, and how GitHub words it; the names that it has found go into the code's details.
_MISFITS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"Cannot query field '(?P<fieldName>\w+)' on type '(?P<typeName>\w+)'"),
        "undefinedField",
        "Field '{fieldName}' doesn't exist on type '{typeName}'",
    ),
    (
        re.compile(r"Unknown argument '(?P<argumentName>\w+)' on field '\w+\.(?P<name>\w+)'"),
        "argumentNotAccepted",
        "Field '{name}' doesn't accept argument '{argumentName}'",
    ),
    (
        re.compile(r"Argument '\w+\.(?P<name>\w+)\((?P<arguments>\w+):\)' of type '.+' is required"),
        "missingRequiredArguments",
        "Field '{name}' is missing required arguments: {arguments}",
    ),
    (
        re.compile(r"Expected value of type '(?P<name>\w+)' not to include unknown field '(?P<argumentName>\w+)'"),
        "argumentNotAccepted",
        "InputObject '{name}' doesn't accept argument '{argumentName}'",
    ),
    (
        re.compile(r"Variable '\$(?P<variableName>\w+)' is not defined"),
        "variableNotDefined",
        "Variable ${variableName} is used but not declared",
    ),
    (
        re.compile(r"Variable '\$(?P<variableName>\w+)' is never used"),
        "variableNotUsed",
        "Variable ${variableName} is declared but not used",
    ),
)
_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value: (.*)", re.DOTALL)


def told(error: GraphQLError) -> dict[str, Any]:
    """One error as GitHub has it."""
    shape: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, Refused):
        kind = cause.kind if isinstance(cause, BadPage) else _TYPE_OF_STATUS.get(cause.status, "UNPROCESSABLE")
        return {"type": kind, **shape, "message": _reason(cause)}
    for pattern, code, words in _MISFITS:
        if found := pattern.match(error.message):
            names = found.groupdict()
            return {**shape, "path": _path(error), "extensions": {"code": code, **names}, "message": words.format(**names)}
    if (found := _VARIABLE.match(error.message)) and error.nodes and isinstance(error.nodes[0], VariableDefinitionNode):
        message = f"Variable ${found[1]} of type {print_ast(error.nodes[0].type)} was provided invalid value"
        return {**shape, "extensions": {"problems": [{"path": [], "explanation": found[2]}]}, "message": message}
    return shape


def is_misfit(error: GraphQLError) -> bool:
    """Whether the query itself is at fault, so that GitHub would not carry it out either."""
    return error.original_error is None or isinstance(error.original_error, GraphQLError)


def is_refusal(error: GraphQLError) -> bool:
    """Whether a field refused it; whatever else fails is the emulator's own fault."""
    return isinstance(error.original_error, Refused)


def _reason(refused: Refused) -> str:
    """GraphQL has one message where REST has a summary and details."""
    for detail in refused.errors or ():
        return str(detail["message"] if isinstance(detail, dict) and "message" in detail else detail)
    return refused.message


def _path(error: GraphQLError) -> list[str]:
    """The way from the operation to the node at fault, by names."""
    if not error.nodes or error.source is None:
        return []
    way = _way_to(parse(error.source), error.nodes[0])
    return [_name(node) for node in way if isinstance(node, _NAMED)]


_NAMED = (OperationDefinitionNode, FragmentDefinitionNode, InlineFragmentNode, FieldNode)


def _name(node: Node) -> str:
    match node:
        case OperationDefinitionNode():
            kind = node.operation.value
            return f"{kind} {node.name.value}" if node.name else kind
        case FragmentDefinitionNode():
            return f"fragment {node.name.value}"
        case InlineFragmentNode():
            return f"... on {node.type_condition.name.value}" if node.type_condition else "..."
        case FieldNode():
            return node.name.value
    return ""


def _way_to(node: Node, wanted: Node) -> list[Node]:
    """The nodes from this one down to one that stands where the wanted one does."""
    if type(node) is type(wanted) and node.loc == wanted.loc:
        return [node]
    for key in node.keys:
        part = getattr(node, key)
        for child in part if isinstance(part, tuple | list) else (part,):
            if isinstance(child, Node) and (way := _way_to(child, wanted)):
                return [node, *way]
    return []
