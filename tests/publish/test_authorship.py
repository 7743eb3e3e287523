"""A published commit says who made it, and nothing that the agent only claimed."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.domain.ask import Account
from github_app.github.identity import in_commits
from github_app.publish.vet.authorship import CoAuthors, WrittenCommit, parse_commit, published_message

CO_AUTHOR = "Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fix it\n", "Fix it"),
        ("Fix it\n\nBecause.\n\n\n\nReally.\n", "Fix it\n\nBecause.\n\nReally."),
        ("Fix it\nBecause.\n", "Fix it\n\nBecause."),
        ("", "Change files"),
        ("\n\n  \n", "Change files"),
        ("Fix it\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n", "Fix it"),
        ("Fix it\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)\n", "Fix it"),
        ("Fix it\n\nSigned-off-by: Linus <l@example.com>\nReviewed-by: Ada <a@example.com>\n", "Fix it"),
        ("Fix it\n\nSigned\u200b-off-by: Linus <l@example.com>\n\u2060Co-Authored\u00ad-By: X <x@y>\n", "Fix it"),
        ("Fix it\n\nOn-behalf-of: @org <o@example.com>\nHelped-by: Ada\nMade-with: A tool\n", "Fix it"),
        ("Fix it\n\nSigned\u2010off\u2011by\uff1a Linus\nChange-Id: I1\n", "Fix it"),
        ("Fix it [skip ci]\n\n\nskip-checks: true\n", "Fix it (skip ci)"),
        ("Fix it [s\u200bkip ci] [CI SKIP] [no ci] [skip actions] ***NO_CI***", None),
        ("Fix [skip [skip ci]ci]", "Fix [skip (skip ci)ci]"),
        ("Send a header\n\n- Content-Type: is sent\nNote: that's all", None),
        ("Fix it\n\nCloses #7, thanks @octocat\n", "Fix it\n\nCloses issue #7, thanks @ octocat"),
        ("Fix it\n\nRefs: #7\n", "Fix it\n\nRefs: #7"),
        ("Key ghs_" + "a" * 40, "Key [redacted]"),
        ("x" * 300, "x" * 199 + "…"),
        ("Hid\u200bden \u202ebidi", "Hidden bidi"),
    ],
)
def test_a_message_is_kept_without_its_claims_and_what_would_act(message: str, expected: str | None) -> None:
    if expected is None:
        expected = re.sub(r"\[([^]]*)\]|\*{3}(\w+)\*{3}", r"(\1\2)", message.replace("\u200b", ""))
    assert published_message(message, CoAuthors("Claude Opus 4.5")) == f"{expected}\n\n{CO_AUTHOR}\n"


CLAIMS = ["Co-Authored-By: X <x@y>", "Co-\u200bAuthored-By: X", "Helped-by: X", "On-behalf-of: X", " Signed-off-by: X"]
TRAILERS = st.sampled_from([*CLAIMS, "co-authored-by : X", "[skip ci]", "word", "", "a: b"])


@given(st.lists(TRAILERS | st.text(max_size=20), max_size=8).map("\n".join), st.text(max_size=50))
def test_there_is_exactly_one_co_author_and_it_is_the_last_line(message: str, model: str) -> None:
    lines = published_message(message, CoAuthors(model)).rstrip("\n").split("\n")

    assert [line for line in lines if line.lower().lstrip().startswith(("co-authored-by", "signed-off-by"))] == lines[-1:]
    assert lines[-1].endswith(" <noreply@anthropic.com>")
    # What git itself would read as trailers, wherever in the message it stands.
    assert not [line for line in lines[:-1] if re.match(r"(?i)[\w-]+-(by|of)\s*:", line)]
    assert "[skip ci]" not in published_message(message, CoAuthors(model))


@pytest.mark.parametrize(
    ("model", "shown"), [("claude-opus-4-5", "claude-opus-4-5"), ("", "Claude"), ("a <b@c>\nX: y", "a bcX y")]
)
def test_a_models_name_can_not_bring_a_trailer_of_its_own(model: str, shown: str) -> None:
    assert published_message("Fix", CoAuthors(model)) == f"Fix\n\nCo-Authored-By: {shown} <noreply@anthropic.com>\n"


@pytest.mark.parametrize(
    ("account", "trailer"),
    [
        (Account(583231, "octocat"), "Co-Authored-By: octocat <583231+octocat@users.noreply.github.com>\n"),
        (Account(7, "ada_corp"), "Co-Authored-By: ada_corp <7+ada_corp@users.noreply.github.com>\n"),
        (Account(1, "some-app[bot]", "Bot"), ""),
        (Account(2, "acme", "Organization"), ""),
        (Account(3, "x <y@z>\nSigned-off-by: y"), ""),
    ],
)
def test_whoever_asked_is_a_co_author_if_it_is_a_person(account: Account, trailer: str) -> None:
    said = published_message("Fix", CoAuthors("Claude", in_commits(account)))
    assert said == f"Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n{trailer}"


def test_of_the_agents_commit_only_tree_parents_date_and_message_are_read() -> None:
    content = (
        b"tree " + b"1" * 40 + b"\nparent " + b"2" * 40 + b"\nparent " + b"3" * 40 + b"\n"
        b"author A Person <a@b> 1700000000 +0200\ncommitter C <c@d> 1800000000 -0100\nencoding latin-1\n"
        b"gpgsig -----BEGIN PGP SIGNATURE-----\n tree 9999\n -----END PGP SIGNATURE-----\n\nSubject\n\ntree of life\n\xff"
    )

    commit = parse_commit("4" * 40, content)

    assert commit == WrittenCommit("4" * 40, "1" * 40, ("2" * 40, "3" * 40), 1_700_000_000, "Subject\n\ntree of life\n\ufffd")


@given(st.binary(max_size=200))
def test_no_commit_makes_the_parser_fail_otherwise(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_commit("4" * 40, content)
