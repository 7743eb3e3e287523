from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.github.mentions import named_in


@pytest.mark.parametrize(
    ("text", "logins"),
    [
        ("@mira-okafor done", ["mira-okafor"]),
        ("Thanks, @Mira-Okafor.", ["mira-okafor"]),
        ("(@a), @b; @c!", ["a", "b", "c"]),
        ("@a @a", ["a"]),
        ("- **@a**\n- *@b*\n\n> @c", ["a", "b", "c"]),
        ("| who |\n|---|\n| @a |", ["a"]),
        ("a@b.example, `@c`, ``` @d ```", []),
        ("```\n@a\n```\n\n    @b", []),
        ("<!-- @a -->\n\n<!--\n@b\n\n@c\n-->", []),
        ("<details>\n<summary>@a</summary>\n<code>@b</code>\n</details>", ["a"]),
        ("@a.example @b/c/d @-e @f-", []),
        ("@" + "x" * 40, []),
        (None, []),
    ],
)
def test_whom_a_text_mentions(text: str | None, logins: list[str]) -> None:
    assert list(named_in(text).logins) == logins


def test_a_team_is_no_person() -> None:
    named = named_in("@acme/core-team and @acme")
    assert (list(named.teams), list(named.logins)) == ([("acme", "core-team")], ["acme"])


@pytest.mark.parametrize(
    ("text", "issues"),
    [
        (
            "Fixes #12, see acme/site#3 and http://127.0.0.1:8080/acme/site/pull/4.",
            [("acme/site", 4), (None, 12), ("acme/site", 3)],
        ),
        ("http://127.0.0.1:8080/acme/site/issues/4#issuecomment-9", [("acme/site", 4)]),
        ("`#1` a#2 &#35; #x #3x", []),
    ],
)
def test_which_issues_a_text_refers_to(text: str, issues: list[tuple[str | None, int]]) -> None:
    assert list(named_in(text).issues) == issues


@settings(max_examples=50)
@given(st.text(alphabet=st.sampled_from("@#a/-.`<!> \n1:"), max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    named = named_in(text)
    assert all(0 < len(login) <= 39 and "--" not in login for login in named.logins)
