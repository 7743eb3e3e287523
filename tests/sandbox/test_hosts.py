"""What is a host name or a pattern of them, and which hosts a pattern stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hosts import covers, host_of, is_host_name, is_pattern, with_all_below


@pytest.mark.parametrize("name", ["example.com", "A.Example.COM", "xn--bcher-kva.example", "a_b.c-d.io", "1.2.3.4.dev"])
def test_host_names(name: str) -> None:
    assert is_host_name(name)
    assert is_pattern(name)
    assert is_pattern(f"*.{name}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "198.51.100.7",
        "::1",
        "example.com.",
        ".example.com",
        "a..com",
        "-a.com",
        "a-.com",
        "a b.com",
        "exämple.com",
        "example.com:443",
        "https://example.com",
        "example.com/x",
        "e.com\n",
        "*.example.com\n",
        "*",
        "*.com",
        "*.*.example.com",
        "a.*.com",
        f"{'a' * 64}.com",
        ".".join(["abcdefg"] * 33),
        "`x`.com",
    ],
)
def test_what_is_neither(text: str) -> None:
    assert not is_host_name(text)
    assert not is_pattern(text)


@pytest.mark.parametrize(
    ("patterns", "name", "covered"),
    [
        (["example.com"], "example.com", True),
        (["Example.com"], "example.com", True),
        (["example.com"], "www.example.com", False),
        (["*.example.com"], "www.example.com", True),
        (["*.example.com"], "a.b.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "notexample.com", False),
        (with_all_below("example.com"), "example.com", True),
        ([], "example.com", False),
    ],
)
def test_a_pattern_stands_for_itself_or_for_all_below(patterns: list[str], name: str, covered: bool) -> None:
    assert covers(patterns, name) is covered


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a:b@Example.com:8443/x", "example.com"),
        ("http://[::1]:80", "::1"),
        ("example.com", ""),
        ("http://[", ""),
    ],
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert is_pattern(text) or not is_host_name(text)
    host_of(text)
