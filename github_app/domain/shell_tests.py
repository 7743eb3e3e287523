"""Which shell commands run tests: the repository's own, and those that people know by their names. Pure.

A line is taken apart at `&&`, `||`, `;`, `|`, `&` and its ends; what a shell would expand is not. A wrong guess shows a
command that is no test in full, with its exit code, or leaves one out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Literal

# Longer ones are scripts, of whose end the exit code tells little.
MAX_CHARACTERS = 2_000
MAX_WRAPPERS = 6

# Where in its line the test stands: nothing comes behind it; only what runs when it succeeded; or something whose exit code
# counts in its place.
Standing = Literal["last", "all must succeed", "something behind it"]

RUNNERS = frozenset(
    (
        *(
            "ava",
            "bats",
            "behave",
            "busted",
            "ctest",
            "gotestsum",
            "jest",
            "karma",
            "mocha",
            "nose2",
            "nox",
            "pest",
            "phpunit",
        ),
        *("phpunit", "py.test", "pytest", "rspec", "stestr", "tox", "trial", "unittest", "vitest"),
    )
)
TEST = frozenset({"test"})
# What runs tests by one of these as its first word.
WITH_A_WORD = {
    **dict.fromkeys(
        ("bazel", "bun", "cabal", "composer", "dart", "deno", "dotnet", "flutter", "go", "lein", "manage.py"), TEST
    ),
    **dict.fromkeys(("manage.py", "mix", "playwright", "rails", "sbt", "stack", "swift", "zig"), TEST),
    "cargo": frozenset({"test", "nextest"}),
    **dict.fromkeys(("mvn", "mvnw"), frozenset({"test", "verify"})),
    **dict.fromkeys(("gradle", "gradlew"), frozenset({"test", "check"})),
    "node": frozenset({"--test"}),
    "rake": frozenset({"test", "spec"}),
}
# What runs whatever the project calls so.
OF_THE_PROJECT = frozenset({"bun", "just", "make", "ninja", "npm", "pnpm", "task", "yarn"})
TARGET = re.compile(r"(?:t|tests?|check)(?:[:._-][\w:.-]*)?")
ONLY_LOOKS = frozenset({"--version", "--help", "-h", "--collect-only", "--co", "--listTests", "--list", "--dry-run"})

REDIRECTION = re.compile(r"(?:\d|&)?>{1,2}(?:&[\d-]|\s*[^\s;&|]+)")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
PYTHON = re.compile(r"python(?:\d(?:\.\d+)?)?")
# What runs the words behind it: by itself, or with one of these.
WRAPPERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("command", "env", "exec", "nice", "npx", "bunx", "sudo", "time", "xvfb-run"), frozenset[str]()),
    **dict.fromkeys(("hatch", "pdm", "pipenv", "poetry", "rye", "uv"), frozenset({"run"})),
    **dict.fromkeys(("bundle", "pnpm", "npm"), frozenset({"exec"})),
    "coverage": frozenset({"run"}),
}


def where_a_test_stands(command: str, configured: Sequence[str] = ()) -> Standing | None:
    """Where a test stands in that line; None when there is none. `configured` are commands that are tests in any case."""
    parts = parts_of(command)
    theirs = [part for one in configured for _, part in parts_of(one)[-1:]]
    for index, (_, words) in reversed(list(enumerate(parts))):
        if any(words[: len(test)] == test for test in theirs) or runs_tests(words):
            behind = {separator for separator, _ in parts[index + 1 :]}
            return "last" if not behind else "all must succeed" if behind == {"&&"} else "something behind it"
    return None


def parts_of(command: str) -> list[tuple[str, list[str]]]:
    """The commands of a line, each with what stands before it; none for what can't be read as a line."""
    if len(command) > MAX_CHARACTERS:
        return []
    # A text that is handed in is no command: only what stands before it is looked at.
    line = REDIRECTION.sub(" ", command.partition("<<")[0].replace("\\\n", " ").strip().replace("\n", " ; "))
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    parts: list[tuple[str, list[str]]] = [("", [])]
    try:
        for word in lexer:
            if word and set(word) <= set(";&|"):
                parts.append((word, []))
            else:
                parts[-1][1].append(word)
    except ValueError:
        return []
    return [(before, words) for before, words in parts if words or before == "&"]


def runs_tests(words: list[str]) -> bool:
    for _ in range(MAX_WRAPPERS):
        if not words or not (unwrapped := behind_a_wrapper(words)):
            break
        words = unwrapped
    if not words or ONLY_LOOKS & set(words):
        return False
    name, rest = words[0].rpartition("/")[2], [word for word in words[1:] if word != "run"]
    if name in RUNNERS:
        return True
    targets = [word for word in rest if not word.startswith("-") and "=" not in word]
    if WITH_A_WORD.get(name, frozenset()) & {*rest[:1], *targets[:1]}:
        return True
    looked_at = targets if name in ("make", "ninja") else targets[:1]
    return name in OF_THE_PROJECT and any(TARGET.fullmatch(target) for target in looked_at)


def behind_a_wrapper(words: list[str]) -> list[str]:
    """What is run by the first word; empty when that is itself what runs."""
    first, rest = words[0].rpartition("/")[2], words[1:]
    if ASSIGNMENT.match(words[0]):
        return rest
    if first == "timeout":
        return [word for index, word in enumerate(rest) if index or not re.match(r"[\d.]+[smhd]?$", word)]
    if PYTHON.fullmatch(first):
        return rest[1:] if rest[:1] == ["-m"] else rest if rest[:1] and rest[0].endswith("manage.py") else []
    if first == "coverage" and rest[:2] == ["run", "-m"]:
        return rest[2:]
    if first in WRAPPERS and (not WRAPPERS[first] or (rest[:1] and rest[0] in WRAPPERS[first])):
        behind = rest[1:] if WRAPPERS[first] else rest
        while behind and (behind[0].startswith("-")):
            behind = behind[1:]
        return behind
    return []
