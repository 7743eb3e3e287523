"""How the engine writes down what a step gave or raised: as JSON, and so that a replay gives and raises the very same.

A step's exception is written with its class, so that `except SandboxGone` catches it after a restart as it did before. Only
what the code itself put there is ever rebuilt; still, nothing but an Exception class is.
"""

from __future__ import annotations

import functools
import json
import typing
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import msgspec


class RecordedError(Exception):
    """An error from a record whose own class can't be rebuilt (any more). The message starts with the class's name."""


def encode(value: Any) -> str:
    """A value or an exception as JSON text. Raises TypeError when a value is not plain JSON."""
    if isinstance(value, BaseException):
        return json.dumps({"raised": describe_error(value)})
    return json.dumps({"value": value})


def decode(text: str) -> Any:
    """What `encode` was given; an exception is returned, not raised."""
    record = json.loads(text)
    return rebuild_error(record["raised"]) if "raised" in record else record["value"]


def describe_error(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    described = {"module": kind.__module__, "class": kind.__qualname__, "message": str(error)}
    parts = {"args": list(error.args), "state": vars(error)}
    try:
        json.dumps(parts)
    except (TypeError, ValueError):
        return described  # what it carries can't be kept: its class and its words can
    return described | parts


def rebuild_error(described: dict[str, Any]) -> Exception:
    try:
        kind: Any = functools.reduce(getattr, described["class"].split("."), import_module(described["module"]))
        if isinstance(kind, type) and issubclass(kind, Exception):
            error: Exception = kind.__new__(kind, *described["args"])
            error.args = tuple(described["args"])
            error.__dict__.update(described["state"])
            return error
    except (ImportError, AttributeError, KeyError, TypeError):
        pass  # the class was renamed, or what it carried was never kept
    return RecordedError(f"{described['class']}: {described['message']}")


def returned_type(function: Any) -> Any:
    """What the function's annotation says it returns; Any when it says nothing (a lambda)."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__func__", function)
    annotation = getattr(function, "__annotations__", {}).get("return", Any)
    # Only the return annotation is looked at: the arguments' may name types that are imported for checking alone.
    named = SimpleNamespace(__annotations__={"return": annotation})
    return typing.get_type_hints(named, globalns=getattr(function, "__globals__", {}))["return"]


def to_plain(value: Any) -> Any:
    """A value of JSON types, dataclasses and msgspec Structs as plain JSON. Raises TypeError for anything else."""
    return json.loads(json.dumps(msgspec.to_builtins(value, str_keys=True)))


def from_plain(plain: Any, shape: Any) -> Any:
    """Plain JSON as the type it was made from. Raises msgspec.ValidationError when it doesn't fit."""
    return msgspec.convert(plain, shape, str_keys=True)
