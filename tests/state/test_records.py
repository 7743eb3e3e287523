"""A step's record gives back what went in, and rebuilds exceptions and nothing else."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from state.serializers import RecordedError, decode, encode, from_plain, returned_type, to_plain


class GitHubAway(Exception):
    def __init__(self, status: int, *, retry_after: float) -> None:
        super().__init__(status)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"GitHub answered {self.args[0]}"


@dataclass(frozen=True)
class Pull:
    number: int
    labels: tuple[str, ...]


class Check(msgspec.Struct, frozen=True):
    id: int
    pull: Pull | None


@pytest.mark.parametrize("value", [None, True, 1.5, "\x00 \ud800", [1, {"a": []}], {"raised": "is just a key"}])
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert decode(encode(value)) == value


def test_an_exception_comes_back_with_its_class_words_and_state() -> None:
    back = decode(encode(GitHubAway(502, retry_after=1.5)))
    assert type(back) is GitHubAway
    assert (str(back), back.retry_after) == ("GitHub answered 502", 1.5)


def test_an_exception_of_a_class_that_is_gone_keeps_its_name_and_words() -> None:
    record = json.loads(encode(GitHubAway(502, retry_after=1.5)))
    record["raised"]["class"] = "RenamedSince"
    back = decode(json.dumps(record))
    assert type(back) is RecordedError
    assert str(back) == "RenamedSince: GitHub answered 502"


def test_an_exception_that_carries_what_json_cannot_keeps_its_name_and_words() -> None:
    back = decode(encode(ValueError(object)))
    assert type(back) is RecordedError
    assert str(back).startswith("ValueError: <class 'object'>")


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("builtins", "SystemExit"), ("no.such", "Module"), ("os", "x.y")]
)
def test_nothing_but_an_exception_is_ever_rebuilt(module: str, name: str) -> None:
    record = {"raised": {"module": module, "class": name, "message": "m", "args": ["true"], "state": {}}}
    assert type(decode(json.dumps(record))) is RecordedError


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (Pull(7, ("a", "b")), Pull),
        (Check(1, Pull(7, ())), Check),
        (Check(1, None), Check | None),
        ([Pull(1, ())], list[Pull]),
        ({1: 2}, dict[int, int]),
    ],
)
def test_typed_results_survive_as_plain_json(value: Any, shape: Any) -> None:
    plain = to_plain(value)
    assert json.loads(json.dumps(plain)) == plain
    assert from_plain(plain, shape) == value


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        to_plain(object())
    with pytest.raises(TypeError):
        encode(object())


class Steps:
    async def open(self, _argument: NotImported) -> Pull:  # type: ignore[name-defined]  # noqa: F821 - as under TYPE_CHECKING
        return Pull(1, ())


@pytest.mark.parametrize(
    ("function", "returned"),
    [
        (Steps().open, Pull),
        (functools.partial(Steps().open, 1), Pull),
        (lambda: None, Any),
        (test_what_json_cannot_hold_is_refused, type(None)),
    ],
)
def test_the_annotation_says_what_a_step_returns(function: Any, returned: Any) -> None:
    assert returned_type(function) is returned
