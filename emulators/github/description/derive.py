"""Makes `rest.json`, `webhooks.json` and `routes.txt` from GitHub's own description, the npm package `@octokit/openapi`.

`python -m emulators.github.description.derive FOLDER`, where FOLDER holds the unpacked package (`npm pack @octokit/openapi`).
Kept are the operations that are emulated, the payloads that are sent, the schemas they reach, and the names of all routes that
GitHub has. Words for readers are dropped, OpenAPI's `nullable` becomes JSON Schema's, and `oneOf` becomes `anyOf`, because
GitHub's alternatives overlap.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulators.github.rest.subjects import ROUTES

HERE = Path(__file__).parent

# Every event that is sent and its actions, as the description names them; no actions: the event's name alone.
WEBHOOKS: dict[str, tuple[str, ...]] = {
    "issues": (
        "opened",
        "edited",
        "labeled",
        "unlabeled",
        "closed",
        "reopened",
        "assigned",
        "unassigned",
        "locked",
        "unlocked",
        "transferred",
        "deleted",
    ),
    "issue-comment": ("created", "edited", "deleted"),
    "pull-request": (
        "opened",
        "edited",
        "synchronize",
        "auto-merge-enabled",
        "auto-merge-disabled",
        "closed",
        "reopened",
        "labeled",
        "unlabeled",
        "review-requested",
        "assigned",
        "unassigned",
        "review-request-removed",
        "converted-to-draft",
        "ready-for-review",
        "locked",
        "unlocked",
    ),
    "pull-request-review": ("submitted", "edited", "dismissed"),
    "pull-request-review-comment": ("created", "edited", "deleted"),
    "pull-request-review-thread": ("resolved", "unresolved"),
    "check-run": ("created", "completed", "rerequested", "requested-action"),
    "check-suite": ("requested", "rerequested", "completed"),
    "status": (),
    "workflow-run": ("requested", "in-progress", "completed"),
    "workflow-job": ("queued", "in-progress", "completed"),
    "installation": ("created", "deleted", "suspend", "unsuspend", "new-permissions-accepted"),
    "installation-repositories": ("added", "removed"),
    "github-app-authorization": ("revoked",),
    "push": (),
    "fork": (),
    "repository": (
        "renamed",
        "transferred",
        "edited",
        "archived",
        "unarchived",
        "privatized",
        "publicized",
        "deleted",
    ),
    "ping": (),
}

# For readers, for other tools, or said in the schema already.
_DROPPED = frozenset(
    {
        "description",
        "summary",
        "externalDocs",
        "examples",
        "example",
        "title",
        "tags",
        "operationId",
        "deprecated",
        "default",
        "xml",
        "headers",
        "links",
    }
)
# Below these stand names of GitHub's, not keywords.
_NAMED = frozenset({"properties", "patternProperties"})

# GitHub takes labels as strings, or as objects with a name; and "you can also pass an array of labels directly".
# https://docs.github.com/rest/issues/labels#add-labels-to-an-issue
_LABELS = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        ]
    },
}

# Where the description is narrower than GitHub: the bodies that a route takes beside those described.
ALSO_TAKEN: dict[str, dict[str, Any]] = {
    f"{method} /repos/{{owner}}/{{repo}}/issues/{{issue_number}}/labels": _LABELS for method in ("POST", "PUT")
}

# Where the description contradicts GitHub itself: route, status, and the schema that fits its real answers.
CORRECTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    # An installation's account would have to be a user and an enterprise at once.
    ("GET /app/installations", "200", {"type": "array", "items": {"$ref": "#/schemas/installation"}}),
)

# Fields that are null all the same: of a review comment that is outdated or about a whole file, and of a label that nobody has
# described. The descriptions of the webhooks that carry the same comments, and of an issue's labels, say so.
NULL_AS_WELL = {
    "pull-request-review-comment": ("position", "line", "original_line"),
    "review-comment": ("line", "original_line"),
    "pull-request-simple": ("labels.description",),
}

# Schemas in which a pull request's head has no repository any more, because its fork is gone: there GitHub says null, as its
# description of webhooks has it. https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
_HEAD_MAY_BE_GONE = ("pull-request", "pull-request-simple")

# Characters of JSON; a reference costs about forty.
_WORTH_SHARING = 100

# What else stands beside the operations of a path (`parameters`) is no route.
METHODS = ("get", "post", "put", "patch", "delete")

JsonObject = dict[str, Any]


def main(folder: Path) -> None:
    """Write the files and the licence beside this one."""
    source = json.loads((folder / "generated" / "api.github.com.json").read_text())
    version = json.loads((folder / "package.json").read_text())["version"]
    operations = {route.name: _operation(source, route.method, route.template) for route in ROUTES}
    for name, status, schema in CORRECTIONS:
        operations[name]["answers"][status] = schema
    for name, schema in ALSO_TAKEN.items():
        operations[name]["body"] = {"anyOf": [operations[name]["body"], schema]}
    names = [f"{event}-{action}" if action else event for event, actions in WEBHOOKS.items() for action in actions or ("",)]
    payloads = {name: _payload(source, name) for name in names}
    for owner, fields in NULL_AS_WELL.items():
        for field in fields:
            _field(source["components"]["schemas"][owner], field)["nullable"] = True
    rest_schemas = _reached(source, operations)
    webhook_schemas = {name: schema for name, schema in _reached(source, payloads).items() if name not in rest_schemas}
    origin = f"@octokit/openapi {version} (MIT, see LICENSE), cut down by derive.py"
    _write("rest.json", {"origin": origin, "operations": operations, "schemas": rest_schemas})
    shared = _shared({"payloads": payloads, "schemas": webhook_schemas})
    _write("webhooks.json", {"origin": origin, **shared})
    routes = [
        f"{method.upper()} {template}" for template, one in source["paths"].items() for method in one if method in METHODS
    ]
    (HERE / "routes.txt").write_text("\n".join(routes) + "\n")
    shutil.copy(folder / "LICENSE", HERE / "LICENSE")


def _operation(source: JsonObject, method: str, template: str) -> JsonObject:
    """One route: its query parameters, its body, and its answers by status."""
    described = source["paths"][template][method.lower()]
    parameters = [
        _resolved(source, one) for one in [*source["paths"][template].get("parameters", ()), *described.get("parameters", ())]
    ]
    operation: JsonObject = {
        "query": {one["name"]: _schema(one["schema"]) for one in parameters if one["in"] == "query"},
        "answers": {status: _content(_resolved(source, one)) for status, one in described["responses"].items()},
    }
    if required := [one["name"] for one in parameters if one["in"] == "query" and one.get("required")]:
        operation["required_query"] = required
    if body := described.get("requestBody"):
        operation["body"] = _content(body)
        operation["body_required"] = bool(body.get("required"))
    return operation


def _payload(source: JsonObject, name: str) -> JsonObject:
    content = source["x-webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
    payload: JsonObject = _schema(content["schema"])
    return payload


def _content(described: JsonObject) -> JsonObject | None:
    """The JSON schema of a body; None for no body; {} for anything that isn't JSON."""
    content = described.get("content")
    if not content:
        return None
    schemas: list[JsonObject] = [
        _schema(one.get("schema", {}))
        for media_type, one in content.items()
        if ("json" in media_type or media_type.endswith(".object")) and "scim" not in media_type
    ]
    return {} if not schemas else schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _resolved(source: JsonObject, node: JsonObject) -> JsonObject:
    reference = node.get("$ref")
    if reference is None:
        return node
    _, _, kind, name = reference.split("/")
    found: JsonObject = source["components"][kind][name]
    return found


def _schema(node: Any, *, names: bool = False) -> Any:
    """A schema as JSON Schema, without what no check needs. With `names`, its keys are GitHub's field names."""
    if isinstance(node, list):
        return [_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _schema(value) for key, value in node.items()}
    if reference := node.get("$ref"):
        return {"$ref": f"#/schemas/{reference.rpartition('/')[2]}"}
    kept = {
        "anyOf" if key == "oneOf" else key: value if key in ("enum", "required") else _schema(value, names=key in _NAMED)
        for key, value in node.items()
        if key not in _DROPPED and not key.startswith("x-") and key != "nullable"
    }
    return _nullable(kept) if node.get("nullable") else kept


def _field(schema: JsonObject, path: str) -> JsonObject:
    """The schema of a field, or of that of each item in a list (`labels.description`)."""
    for name in path.split("."):
        schema = schema.get("items", schema)["properties"][name]
    return schema


def _nullable(schema: JsonObject) -> JsonObject:
    if not schema:
        return schema
    if isinstance(schema.get("type"), str) and not {"anyOf", "allOf"} & schema.keys():
        enum = {"enum": [*schema["enum"], None]} if "enum" in schema and None not in schema["enum"] else {}
        return {**schema, "type": [schema["type"], "null"], **enum}
    return {"anyOf": [schema, {"type": "null"}]}


def _reached(source: JsonObject, start: Any) -> JsonObject:
    """Every named schema that can be reached from here."""
    found: JsonObject = {}

    def follow(node: Any) -> None:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/schemas/")
            if name and name not in found:
                found[name] = _schema(source["components"]["schemas"][name])
                if name in _HEAD_MAY_BE_GONE:
                    head = found[name]["properties"]["head"]["properties"]
                    head["repo"] = {"anyOf": [head["repo"], {"type": "null"}]}
                follow(found[name])
            for value in node.values():
                follow(value)
        elif isinstance(node, list):
            for value in node:
                follow(value)

    follow(start)
    return dict(sorted(found.items()))


def _shared(whole: JsonObject) -> JsonObject:
    """The same with every large schema that stands in several places moved to one: payloads spell out each account anew."""
    seen: Counter[str] = Counter()

    def text_of(node: Any) -> str:
        return json.dumps(node, sort_keys=True)

    def inside(node: JsonObject, names: bool) -> Iterator[tuple[str, Any, bool]]:
        """What a schema consists of, and whether that is a table of names: one that has a field `type` is no schema."""
        return ((key, value, not names and key in _NAMED) for key, value in node.items())

    def count(node: Any, names: bool = False) -> None:
        if isinstance(node, list):
            for value in node:
                count(value)
        if isinstance(node, dict):
            if not names and "type" in node and len(text := text_of(node)) > _WORTH_SHARING:
                seen[text] += 1
            for _, value, named in inside(node, names):
                count(value, named)

    def moved(node: Any, names: bool = False) -> Any:
        if isinstance(node, list):
            return [moved(one) for one in node]
        if not isinstance(node, dict):
            return node
        inner = {key: moved(value, named) for key, value, named in inside(node, names)}
        text = text_of(node)
        if names or seen[text] < 2:
            return inner
        name = f"shared-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        common[name] = inner
        return {"$ref": f"#/schemas/{name}"}

    count(whole)
    common: JsonObject = {}
    kept: JsonObject = moved(whole)
    return {**kept, "schemas": {**kept["schemas"], **common}}


def _write(name: str, content: JsonObject) -> None:
    """A line for each operation, payload and schema, by name: so that two changes of the routes can be merged."""

    def text(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def lines(part: JsonObject) -> str:
        return "{\n" + ",\n".join(f"{text(key)}:{text(part[key])}" for key in sorted(part)) + "\n}"

    parts = [f"{text(key)}:{lines(part) if isinstance(part, dict) else text(part)}" for key, part in content.items()]
    (HERE / name).write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
