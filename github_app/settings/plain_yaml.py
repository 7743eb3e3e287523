"""Reads YAML that a stranger may have written, as plain data: mappings, lists, text, numbers, true, false and null. Pure.

Of YAML it takes what settings need. Anchors, aliases and tags are refused (a few lines of them can stand for gigabytes), and
so are a key that stands twice, a second document, and what is nested too deeply. Words mean what they do in YAML 1.2: `on`,
`no` and `12:30` are text. https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from typing import Any

import yaml

# Written by a person: more is a mistake or mischief. Half a second reads the worst of it.
MAX_BYTES = 16 * 1024
# Settings are three levels deep.
MAX_DEPTH = 8

_TEXT = "tag:yaml.org,2002:str"


class NotPlain(Exception):
    """It can't be read, in half a sentence that may hold a part of the text."""


def read_yaml(content: bytes) -> dict[str, Any]:
    """The mapping that it holds, empty for an empty text. Raises NotPlain."""
    if len(content) > MAX_BYTES:
        raise NotPlain(f"it is larger than {MAX_BYTES // 1024} KiB")
    try:
        document = yaml.load(content.decode("utf-8"), PlainLoader)  # noqa: S506 - narrower than the safe loader
    except UnicodeDecodeError:
        raise NotPlain("it is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark is not None else ""
        raise NotPlain(f"{line}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise NotPlain(" ".join(str(error).split())) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise NotPlain("it has to be a list of keys with their values, such as `draft: false`")
    return document


class PlainLoader(yaml.SafeLoader):
    """The safe loader, with less of YAML."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class's own

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise refusal(
                "anchors and aliases (`&`, `*`) are not taken: write it out, and text that begins with one in quotes", event
            )
        if event.tag is not None:
            raise refusal("tags (`!`) are not taken: write text that begins with one in quotes", event)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refusal(f"it is nested more than {MAX_DEPTH} levels deep", event)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != _TEXT:
                raise refusal("a key has to be a word", key)
            if key.value in seen:
                raise refusal(f"the key {key.value[:80]!r} stands twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def refusal(problem: str, at: Any) -> yaml.MarkedYAMLError:
    """`at` is the node or event of YAML that it is about."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)


# Numbers have as many digits as a double holds: what is longer is text, and no number is `.inf` or `.nan`.
for _tag, _form, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,14})", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), list(_first))
