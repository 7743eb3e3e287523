"""Holds requests, answers and webhook payloads against GitHub's published description of them."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

JsonObject = dict[str, Any]

_HERE = Path(__file__).parent
# One wrong shape can break many rules; the first ones are enough to see it.
_SHOWN_PROBLEMS = 5
_SHOWN_CHARACTERS = 200
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request. GitHub refuses it, or silently ignores the field (`refused` is False)."""

    field: str
    message: str
    refused: bool = True


class Description:
    """The description, loaded. Validators are made when they are first needed."""

    def __init__(self) -> None:
        rest = json.loads((_HERE / "rest.json").read_text())
        webhooks = json.loads((_HERE / "webhooks.json").read_text())
        # All that GitHub has, by name, whether they are emulated or not.
        self.routes: list[str] = (_HERE / "routes.txt").read_text().splitlines()
        self.origin: str = rest["origin"]
        self.operations: dict[str, JsonObject] = rest["operations"]
        self.payloads: dict[str, JsonObject] = webhooks["payloads"]
        self._schemas: JsonObject = {**rest["schemas"], **webhooks["schemas"]}
        self._validator = functools.cache(self._make_validator)

    def check_request(self, name: str, query: dict[str, str], body: Any) -> tuple[JsonObject, list[Problem]]:
        """The query, its values numbers and booleans where they are described so, and what is wrong with it and the body."""
        operation = self.operations[name]
        typed, problems = _typed_query(operation, query)
        schema = operation.get("body")
        if body is None:
            if operation.get("body_required"):
                problems.append(Problem("body", "is missing"))
        elif schema is None and body != {}:
            problems.append(Problem("body", "is not described for this route", refused=False))
        elif schema is not None:
            errors = list(self._validator("body", name, "").iter_errors(body))
            problems += [Problem(_place(error), _said(error)) for error in map(_innermost, errors[:_SHOWN_PROBLEMS])]
            problems += [
                Problem(field, "is not described: GitHub ignores it", refused=False)
                for field in self._unknown_fields(schema, body)
            ]
        return typed, problems

    def check_answer(self, name: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer of ours."""
        answers = self.operations[name]["answers"]
        key = str(status)
        if key not in answers:
            if status >= 400:
                return [] if isinstance(body, dict) and "message" in body else ["an error without a message"]
            return [f"status {status} is not described (only {', '.join(answers)})"]
        schema = answers[key]
        if schema is None:
            return [] if status >= 400 or body in (None, {}) else ["a body where none is described"]
        if schema == {} or isinstance(body, str | bytes):
            return []
        return _errors(self._validator("answer", name, key), body)

    def check_payload(self, event: str, action: str | None, payload: JsonObject) -> list[str]:
        """What is wrong with a webhook's payload."""
        name = "-".join(part.replace("_", "-") for part in (event, action) if part)
        if name not in self.payloads:
            return [f"a payload {name} is not described"]
        return _errors(self._validator("payload", name, ""), payload)

    def _make_validator(self, kind: str, name: str, part: str) -> Draft202012Validator:
        described = self.payloads[name] if kind == "payload" else self.operations[name]
        schema = described if kind == "payload" else described["body"] if kind == "body" else described["answers"][part]
        return Draft202012Validator({**schema, "schemas": self._schemas})

    def _unknown_fields(self, schema: JsonObject, value: Any, at: str = "") -> Iterator[str]:
        """Fields of a body that its description doesn't have, at any depth."""
        if isinstance(value, list):
            for shape in self._alternatives(schema):
                if "items" in shape:
                    for one in value:
                        yield from self._unknown_fields(shape["items"], one, f"{at}[]")
        if not isinstance(value, dict):
            return
        known: JsonObject = {}
        for shape in self._alternatives(schema):
            if isinstance(shape.get("additionalProperties"), dict) or (
                "properties" not in shape and "object" in str(shape.get("type"))
            ):
                return
            known.update(shape.get("properties", {}))
        for field, inner in value.items():
            place = f"{at}.{field}" if at else field
            if field not in known:
                yield place
            else:
                yield from self._unknown_fields(known[field], inner, place)

    def _alternatives(self, schema: JsonObject) -> Iterator[JsonObject]:
        """A schema and all that it refers to or combines."""
        if name := schema.get("$ref"):
            yield from self._alternatives(self._schemas[name.removeprefix("#/schemas/")])
        yield schema
        for combination in ("anyOf", "allOf"):
            for one in schema.get(combination, ()):
                yield from self._alternatives(one)


def _typed_query(operation: JsonObject, query: dict[str, str]) -> tuple[JsonObject, list[Problem]]:
    typed: JsonObject = {}
    problems = [Problem(name, "is missing") for name in operation.get("required_query", ()) if name not in query]
    for name, text in query.items():
        schema = operation["query"].get(name)
        if schema is None:
            problems.append(Problem(name, "is not described: GitHub ignores it", refused=False))
            typed[name] = text
            continue
        value: Any = text
        if schema.get("type") == "integer":
            value = int(text) if text.lstrip("-").isdecimal() else None
        elif schema.get("type") == "boolean":
            value = _BOOLEANS.get(text.lower())
        if value is None or ("enum" in schema and value not in schema["enum"]):
            problems.append(Problem(name, f"{text!r} is not one of {schema.get('enum', schema.get('type'))}"))
            continue
        typed[name] = value
    return typed, problems


def _errors(validator: Draft202012Validator, value: Any) -> list[str]:
    found = itertools.islice(validator.iter_errors(value), _SHOWN_PROBLEMS)
    return [f"{_place(error)}: {_said(error)}" for error in map(_innermost, found)]


def _innermost(error: ValidationError) -> ValidationError:
    """Of alternatives that all failed, the one that came closest."""
    return best_match([error]) or error


def _said(error: ValidationError) -> str:
    """The message without the whole of a large value, which stands at its beginning."""
    shown = str(error.instance)
    return error.message if len(shown) < _SHOWN_CHARACTERS else f"{error.validator}: {error.message[-_SHOWN_CHARACTERS:]}"


def _place(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.absolute_path) or "body"
