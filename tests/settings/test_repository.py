"""What a repository sets for itself: read strictly out of text that anybody may have written, never more than is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from github_app.settings.egress import EgressPolicy
from github_app.settings.narrowing import Narrowed, narrow
from github_app.settings.old_file import OLD_FILE, read_old_file
from github_app.settings.operator import Settings
from github_app.settings.plain_yaml import MAX_BYTES, NotPlain, read_yaml
from github_app.settings.repository import MAX_ENTRIES, SETTINGS_FILE, EgressSettings, RepositorySettings, with_limits_of
from github_app.settings.repository_file import SettingsUnusable, read_settings

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


def test_settings_are_read() -> None:
    text = b"# ours\ndraft: false\nlimits:\n  minutes: 30\negress:\n  allow: [NPM, 'docs.acme.dev', \"*.cdn.dev\"]\n"
    read = read_settings(text)
    assert (read.draft, read.limits.minutes, read.limits.turns) == (False, 30, None)
    assert read.egress.allow == ("npm", "docs.acme.dev", "*.cdn.dev")
    assert RepositorySettings.from_json(read.to_json()) == read
    assert read_settings(b"") == read_settings(b"# nothing\n---\n") == RepositorySettings()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("modle: sonnet", "there is no key modle (did you mean model?)"),
        ("egress:\n  alow: [npm]\ndarft: true", "no key egress.alow (did you mean egress.allow?); there is no key darft"),
        ("zzz: 1", "there is no key zzz"),
        ("\n".join(f"k{n}: 1" for n in range(9)), "no key k4; and 4 more"),
        ("draft: no", "draft: expected true or false, got text"),
        ("draft: true\ndraft: false", "line 2: the key 'draft' stands twice"),
        ("limits: {turns: many}", "limits.turns: expected a whole number, got text"),
        ("limits: {minutes: .inf}", "limits.minutes: expected a number, got text"),
        ("limits: {minutes: 1e400}", "limits.minutes: expected a number, got text"),
        ("limits: {minutes: 12:30}", "limits.minutes: expected a number, got text"),
        ("limits: {minutes: -1}", "limits.minutes: expected a number > 0.0"),
        (f"limits: {{turns: {'9' * 5000}}}", "limits.turns: expected a whole number, got text"),
        ("limits: 5", "limits: expected keys with values, got a whole number"),
        ("egress: {allow: [a.dev, nmp]}", "egress: 'nmp' is neither"),
        (f"egress: {{allow: [{'a.dev,' * (MAX_ENTRIES + 1)}]}}", f"length <= {MAX_ENTRIES}"),
        ("instructions: [../secrets]", "instructions[0]: expected another form"),
        ("instructions: [/etc/passwd]", "instructions[0]"),
        (BOMB, "line 1: anchors and aliases"),
        ("a: *b", "anchors and aliases"),
        ("x: !!python/object/apply:os.system [ls]", "tags (`!`) are not taken"),
        ("<<: {draft: true}", "there is no key <<"),
        ("[" * 10_000, "line 1: it is nested more than 8 levels deep"),
        ("? [a]\n: b", "a key has to be a word"),
        ("1: b", "a key has to be a word"),
        ("- draft", "has to be a list of keys"),
        ("draft: true\n---\ndraft: false", "another document"),
        ("draft: [", "line 1: "),
        ("\x00", "unacceptable character"),
        ("#" * (MAX_BYTES + 1), "larger than 16 KiB"),
    ],
)
def test_settings_that_can_t_be_used_say_why(text: str, why: str) -> None:
    with pytest.raises(SettingsUnusable) as refused:
        read_settings(text.encode())
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_bytes_that_are_no_text_can_t_be_used() -> None:
    with pytest.raises(SettingsUnusable, match="not UTF-8"):
        read_settings(b"\xff")


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.text("-:?[]{}!&*#|>'\"%@` \n\tab1", max_size=60).map(str.encode))
def test_whatever_stands_in_the_file_it_is_plain_data_or_refused(content: bytes) -> None:
    try:
        document = read_yaml(content)
    except NotPlain:
        return
    assert is_plain(document)


def is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(inner) for key, inner in value.items())
    return all(map(is_plain, value)) if isinstance(value, list) else value is None or type(value) in (str, int, float, bool)


def test_what_limits_a_job_counts_as_on_the_default_branch() -> None:
    default = read_settings(b"models: [claude-haiku-*]\nlimits: {minutes: 5}\ndraft: true\nbase_branch: develop\n")
    base = read_settings(b"models: [claude-*]\ninstructions: [RULES.md]\ndraft: false\n")
    counts = with_limits_of(base, default)
    assert (counts.models, counts.limits.minutes, counts.base_branch) == (("claude-haiku-*",), 5, "develop")
    assert (counts.instructions, counts.draft) == (("RULES.md",), False)


def narrowed(text: str, **operator: Any) -> Narrowed:
    allowed = Settings(_env_file=None, **operator)
    return narrow(allowed, EgressPolicy.of(allowed, "https://h.acme.dev", limitable=True), read_settings(text.encode()))


def test_a_repository_takes_less_than_it_is_allowed() -> None:
    less = narrowed("model: opus\nmodels: [claude-opus-*]\nlimits: {minutes: 5, turns: 7}\negress: {kind: none}\ndraft: false")
    assert (less.model, less.models, less.job_minutes, less.max_turns) == ("opus", ("claude-opus-*",), 5, 7)
    assert (less.egress.kind, less.draft, less.wider) == ("none", False, ())


def test_a_repository_that_wants_more_is_told_and_does_not_get_it() -> None:
    more = narrowed(
        "limits: {minutes: 90, turns: 900}\negress: {kind: open, allow: [evil.dev, docs.acme.dev]}",
        HARVEST_EGRESS_REPOSITORIES="*.acme.dev",
    )
    assert (more.job_minutes, more.max_turns, more.egress.kind) == (60, 200, "allowlist")
    assert more.wider == (
        "`limits.minutes: 90` is more than this Harvest allows, so 60 counts (HARVEST_JOB_MINUTES).",
        "`limits.turns: 900` is more than this Harvest allows, so 200 counts (HARVEST_MAX_TURNS).",
        "`egress.kind: open` is more than this Harvest allows, so allowlist counts (HARVEST_EGRESS).",
        "`egress.allow`: `evil.dev` can't be added here (HARVEST_EGRESS_REPOSITORIES).",
    )


def test_a_watch_is_held_to_what_both_allow() -> None:
    less = narrowed("watch: {budget: 2, tries: 1, settle_seconds: 300}").watch
    assert (less.allowed, less.budget_usd, less.budget_set_by, less.tries, less.settle_seconds) == (
        True,
        2,
        "watch.budget",
        1,
        300,
    )
    more = narrowed("watch: {allow: true, budget: 20, tries: 9, settle_seconds: 1}", HARVEST_WATCH="0")
    limits = more.watch
    assert (limits.allowed, limits.budget_usd, limits.budget_set_by) == (False, 10, "HARVEST_WATCH_BUDGET_USD")
    assert (limits.tries, limits.settle_seconds) == (3, 60)
    assert more.wider == (
        "`watch.budget: 20` is more than this Harvest allows, so 10 counts (HARVEST_WATCH_BUDGET_USD).",
        "`watch.tries: 9` is more than this Harvest allows, so 3 counts (HARVEST_WATCH_TRIES).",
        "`watch.settle_seconds: 1` is less than this Harvest waits, so 60 counts (HARVEST_WATCH_SETTLE_SECONDS).",
        "`watch.allow: true` is more than this Harvest allows, so nothing is watched (HARVEST_WATCH).",
    )
    assert not narrowed("watch: {allow: false}").watch.allowed


@pytest.mark.parametrize(
    ("operator", "repository", "has_one"), [("1", "false", False), ("1", "true", True), ("0", "true", False)]
)
def test_there_is_a_browser_where_the_repository_wants_one_and_the_operator_lets_it(
    operator: str, repository: str, has_one: bool
) -> None:
    found = narrowed(f"browser: {repository}", HARVEST_BROWSER=operator)
    assert found.browser == has_one
    assert ("browser" in "".join(found.wider)) == (operator == "0")


def test_the_old_file_counts_until_there_is_a_new_one_and_says_how_to_move_it() -> None:
    old = b"# for the docs\n[egress]\nallow = ['NPM', '*.acme.dev']\n"
    counts, (told,) = read_old_file(old, is_new=False)
    assert counts.allow == ("npm", "*.acme.dev")
    new = told.partition("the line `")[2].partition("`")[0]
    assert read_settings(new.encode()).egress.allow == counts.allow
    assert SETTINGS_FILE in told

    nothing, (told,) = read_old_file(old, is_new=True)
    assert (nothing, "delete it" in told) == (EgressSettings(), True)
    assert read_old_file(None, is_new=False) == (EgressSettings(), [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[egress]\nalow = ['npm']", "unknown field `alow`"),
        (b"[egress]\nallow = [", "Invalid"),
        (b"\xff", "utf-8"),
        (b"x = " + b"[" * 10_000, "recursion"),
        (b"#" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_an_old_file_that_can_t_be_used_counts_for_nothing_and_says_why(text: bytes, why: str) -> None:
    nothing, (told,) = read_old_file(text, is_new=False)
    assert nothing == EgressSettings()
    assert f"`{OLD_FILE}` did not count in this job" in told
    assert why in told
