"""Signatures: GitHub's own example, rotation, and headers that are no signature at all."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.webhooks.signature import signature_is_valid
from sandbox.secret import Secret

BODY = b"Hello, World!"
SECRET = Secret("It's a Secret to Everybody")
# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
GITHUBS_EXAMPLE = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def sign(body: bytes, secret: str) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def test_githubs_own_example_is_valid() -> None:
    assert signature_is_valid(BODY, GITHUBS_EXAMPLE, [SECRET])


def test_the_old_and_the_new_secret_are_both_good_while_they_are_rotated() -> None:
    for secret in ("old", "new"):
        assert signature_is_valid(BODY, sign(BODY, secret), [Secret("old"), Secret("new")])


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"sha256=",
        GITHUBS_EXAMPLE[:-1],
        GITHUBS_EXAMPLE.upper(),
        GITHUBS_EXAMPLE.replace(b"sha256", b"sha1"),
        "sha256=\u00fc\u00e9".encode(),
        b"\xff\xfe\x00",
    ],
)
def test_a_header_that_is_not_the_signature_is_refused_without_an_error(header: bytes | None) -> None:
    assert not signature_is_valid(BODY, header, [SECRET])


def test_nothing_is_valid_without_a_secret() -> None:
    assert not signature_is_valid(BODY, sign(BODY, ""), [])


@given(st.binary(), st.binary())
def test_a_signature_is_for_one_body_alone(body: bytes, other: bytes) -> None:
    assert signature_is_valid(other, sign(body, "s"), [Secret("s")]) is (body == other)
