"""The rules for what may be published, as tables: paths, links, modes, sizes, and git's listings of them."""

from __future__ import annotations

import contextlib
import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.publish.vet.fsck import faults
from github_app.publish.vet.listing import ABSENT, EXECUTABLE, GITLINK, REGULAR, SYMLINK, Change, ListingBroken, parse_raw
from github_app.publish.vet.paths import fault_of_link, fault_of_path
from github_app.publish.vet.protected import is_protected
from github_app.publish.vet.rules import Policy, judge, secret_reasons

BLOB = "b" * 40


def change(path: str | bytes, mode: str = REGULAR, old: str = ABSENT, size: int | None = 10) -> Change:
    raw = path if isinstance(path, bytes) else path.encode()
    return Change("c" * 40, raw, (old,), mode, (), BLOB, None if mode == ABSENT else size)


def rules(*changes: Change, links: dict[str, bytes] | None = None, policy: Policy | None = None) -> list[str]:
    return [reason.rule for reason in judge(changes, links or {}, policy or Policy())]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "a",
            "src/app.py",
            ".github/CODEOWNERS",
            ".github/workflow/x.yml",
            ".gitignore",
            ".gitattributes",
            "a.git/b",
            "git~x",
        ),
        *("...a", "ünï/cödé", "日本", "🌾", "a b", "-rf", "$(x)", "a'b\"c", "CON", "n" * 255),
    ],
)
def test_an_ordinary_path_passes(path: str) -> None:
    assert rules(change(path)) == []


@pytest.mark.parametrize(
    "path",
    [
        *("..", "a/../b", "./a", "a//b", "/etc/passwd", "a/"),
        *(
            ".git",
            ".git/config",
            "a/.git/hooks/x",
            ".GIT/x",
            ".Git",
            "git~1/x",
            "GIT~2",
            ".git./x",
            ".git /x",
            ".git::$INDEX_ALLOCATION/x",
        ),
        *(".g\u200cit/x", ".gi\u200dt", "\ufeff.git", ".git\u202e"),
        *("a\\b", "..\\a", "C:/x", "c:x", "a\nb", "a\tb", "a\x7fb", "a\x00b", "a\u200bb", "a\u202eb", "a\u2028b"),
        *("a ", "a.", "a /b", "a./b", "n" * 256, "d/" * 600 + "x"),
    ],
)
def test_a_path_that_tricks_some_system_is_refused(path: str) -> None:
    assert rules(change(path)) == ["path"]


def test_a_path_that_is_not_utf8_is_refused_and_shown_escaped() -> None:
    (reason,) = judge([change(b"a\xff\x1bb")], {}, Policy())

    assert (reason.rule, reason.path) == ("path", "a\\xff\\x1bb")


@given(st.binary(max_size=60))
def test_a_path_that_passes_stays_in_its_folder_and_out_of_git(path: bytes) -> None:
    if fault_of_path(path) is None:
        joined = posixpath.normpath(posixpath.join(b"/root/repo", path))
        assert joined == b"/root/repo/" + path
        assert not [
            name for name in path.lower().split(b"/") if name.startswith(b".git") and name.strip(b". ") in (b"git", b".git")
        ]


@pytest.mark.parametrize(
    ("path", "target", "passes"),
    [
        ("a", "b", True),
        ("a", "./b/c", True),
        ("d/a", "../b", True),
        ("d/e/a", "../../b", True),
        ("d/e/a", ".././../b", True),
        ("a", "../b", False),
        ("d/a", "../../b", False),
        ("d/a", "x/../../../b", False),
        ("d/a", "x/../b", False),
        ("a", "/etc/passwd", False),
        ("a", "//host/share", False),
        ("a", "C:/windows", False),
        ("a", "..\\..\\x", False),
        ("a", "", False),
        ("a", ".git/config", False),
        ("d/a", "../.GIT/hooks", False),
        ("a", "x" * 2_000, False),
    ],
)
def test_a_link_passes_only_if_it_stays_inside(path: str, target: str, passes: bool) -> None:
    assert (fault_of_link(path.encode(), target.encode()) is None) is passes
    assert rules(change(path, SYMLINK), links={BLOB: target.encode()}) == ([] if passes else ["symlink"])


NAMES = st.sampled_from([b"..", b".", b"", b"a", b"b", b"/"])


@given(st.lists(st.sampled_from([b"d", b"e"]), max_size=3), st.lists(NAMES, max_size=6))
def test_a_link_that_passes_never_resolves_outside(folders: list[bytes], names: list[bytes]) -> None:
    path, target = b"/".join([*folders, b"link"]), b"/".join(names)
    if fault_of_link(path, target) is None:
        resolved = posixpath.normpath(posixpath.join(b"/root/repo", *folders, target))
        assert resolved == b"/root/repo" or resolved.startswith(b"/root/repo/")


def test_a_link_whose_target_was_not_read_is_refused() -> None:
    assert rules(change("a", SYMLINK)) == ["symlink"]


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (change(".github/workflows/ci.yml"), "workflow"),
        (change(".GitHub/Workflows/ci.yml"), "workflow"),
        (change(".github/workflows", SYMLINK), "workflow"),
        (change(".github/workflows/ci.yml", ABSENT, REGULAR), "workflow"),
        (change("sub", GITLINK), "submodule"),
        (change("sub", ABSENT, GITLINK), "submodule"),
        (change("sub", REGULAR, GITLINK), "submodule"),
        (change(".gitmodules"), "submodule"),
        (change(".GitModules"), "submodule"),
        (change("gitmod~1"), "submodule"),
        (change("a", "100664"), "mode"),
        (change("a", "040000"), "mode"),
        (change("a", size=26 * 1024 * 1024), "file-size"),
        (change("a", size=None), "file-size"),
    ],
)
def test_each_rule_refuses_what_it_is_for(one: Change, rule: str) -> None:
    assert rules(one) == [rule]


@pytest.mark.parametrize("one", [change("a", EXECUTABLE), change("bad ", ABSENT, REGULAR), change("a", ABSENT, SYMLINK)])
def test_executables_and_deletions_pass(one: Change) -> None:
    assert rules(one) == []


def test_each_path_is_named_once_and_every_reason_says_what_to_do() -> None:
    changes = [change("b "), change("b "), change(".github/workflows/x"), change("a", GITLINK)]

    reasons = judge(changes, {}, Policy())

    assert [reason.path for reason in reasons] == [".github/workflows/x", "a", "b "]
    assert all(reason.sentence.endswith(".") and ":" in reason.sentence for reason in reasons)


def test_the_same_content_counts_once_and_a_deleted_one_not_at_all() -> None:
    same = [change(f"copy{number}", size=60) for number in range(5)]

    assert rules(*same, policy=Policy(max_total_bytes=100)) == []
    assert rules(*same, policy=Policy(max_total_bytes=50)) == ["total-size"]


def test_a_secrets_reason_names_its_kind_and_path_once() -> None:
    (reason,) = secret_reasons([(change("key.pem"), "private key"), (change("key.pem"), "private key")])

    assert (reason.rule, reason.path) == ("secret", "key.pem")
    assert "private key" in reason.sentence


def raw(*entries: bytes) -> bytes:
    return b"".join(entry + b"\0" for entry in entries)


A, B, C = (letter * 40 for letter in "abc")
ZERO = "0" * 40


def test_a_listing_of_several_commits_is_read_with_its_merges() -> None:
    listing = raw(
        C.encode(),
        f":100644 100755 {A} {B} M".encode(),
        b"a file:with\nodd signs",
        f":000000 120000 {ZERO} {B} A".encode(),
        b"link",
        A.encode(),
        f"::100644 100644 100644 {A} {B} {C} MM".encode(),
        b"merged",
    )

    assert parse_raw(listing) == [
        Change(C, b"a file:with\nodd signs", ("100644",), "100755", (A,), B),
        Change(C, b"link", ("000000",), "120000", (), B),
        Change(A, b"merged", ("100644", "100644"), "100644", (A, B), C),
    ]


@pytest.mark.parametrize("listing", [b":100644", raw(b":100644 100644 a b"), raw(f":100644 100644 {A} {B} M".encode()), b"x"])
def test_a_listing_that_is_cut_off_or_strange_is_not_believed(listing: bytes) -> None:
    with pytest.raises(ListingBroken):
        parse_raw(listing)


@given(st.binary(max_size=200))
def test_no_listing_makes_the_parser_fail_otherwise(listing: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_raw(listing + b"\0")


OLD = f"error in tree {A}: zeroPaddedFilemode: contains zero-padded file modes"
NEW = f"error in tree {B}: hasDotgit: contains '.git'"


@pytest.mark.parametrize(
    ("output", "exit_code", "expected"),
    [
        ("", 0, []),
        ("notice: HEAD points to an unborn branch (none)\n", 0, []),
        (OLD, 1, []),
        (f"{OLD}\n{NEW}", 1, ["hasDotgit: contains '.git'"]),
        (f"missing blob {A}", 2, [f"missing blob {A}"]),
        ("fatal: out of memory", 128, ["fatal: out of memory"]),
        ("", 4, ["git fsck ended with 4 and said nothing"]),
    ],
)
def test_only_the_new_objects_faults_count(output: str, exit_code: int, expected: list[str]) -> None:
    assert faults(output, exit_code, {B}) == expected


@pytest.mark.parametrize(
    ("pattern", "protects", "leaves"),
    [
        ("infra/", ["infra/a.tf", "INFRA/a.tf", "x/infra/a.tf", "infra"], ["infra.md", "infrared/a"]),
        ("/infra", ["infra/a/b.tf", "infra"], ["x/infra/a.tf"]),
        ("*.lock", ["a.lock", "x/y/b.LOCK", "a.lock/x"], ["a.lock2", "lock"]),
        ("docs/*.md", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md"]),
        ("docs/**/*.md", ["docs/a.md", "docs/x/y/a.md"], ["docs/a.txt", "a.md"]),
        ("**/secret", ["secret", "a/b/secret/c"], ["secrets"]),
        ("a/**", ["a/b", "a/b/c", "a"], ["b/a/c"]),
        ("?.py", ["a.py", "x/b.py"], ["ab.py"]),
    ],
)
def test_a_protected_path_is_one_that_a_pattern_stands_for(pattern: str, protects: list[str], leaves: list[str]) -> None:
    assert [path for path in protects if not is_protected(path.encode(), [pattern])] == []
    assert [path for path in leaves if is_protected(path.encode(), [pattern])] == []


def test_a_change_of_a_protected_path_is_refused_also_when_it_is_deleted() -> None:
    policy = Policy(protected_paths=("infra/",))
    assert rules(change("infra/a.tf"), change("src/a.py"), policy=policy) == ["protected"]
    assert rules(change("infra/a.tf", mode=ABSENT, old=REGULAR), policy=policy) == ["protected"]
    assert rules(change("infra/a.tf")) == []


def test_a_pattern_of_many_stars_takes_no_longer_for_it() -> None:
    assert not is_protected(b"/".join([b"a" * 100] * 10), ["**/*a*a*a*a*a*a*a*a*b/" * 5 + "*a*a*a*a*a*b"])
