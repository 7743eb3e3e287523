"""What is told of a command that failed, and what is hidden from git afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from github_app.images.set_up import LINE_CHARACTERS, why_it_failed
from github_app.images.tidy import patterns


@pytest.mark.parametrize(
    ("code", "tail", "told"),
    [
        (2, b"", "exit code 2"),
        (-9, b"\n \n", "it was ended by signal 9"),
        (1, b"one\ntwo\nthree\nfour\n", "exit code 1: two | three | four"),
        (
            1,
            b"a\nnpm error\nnpm error code E404\nnpm error 404 Not Found\nlast\n",
            "exit code 1: npm error code E404 | npm error 404 Not Found",
        ),
        (1, b"x\n ERR_PNPM_OUTDATED_LOCKFILE  Cannot install\ny\n", "exit code 1: ERR_PNPM_OUTDATED_LOCKFILE  Cannot install"),
        (1, b"same\nsame\nsame\nsame\nother", "exit code 1: same | other"),
        (1, b"\x1b[31mred\x07\r\n\xff\n", "exit code 1:  [31mred | \ufffd".replace(":  ", ": ")),
        (1, b"x" * 1000, "exit code 1: " + "x" * LINE_CHARACTERS),
    ],
)
def test_a_failure_is_told_by_its_exit_and_what_was_said_of_an_error(code: int, tail: bytes, told: str) -> None:
    assert why_it_failed(code, tail) == told


UNUSUAL = ["plain", "a b", "#c", "!d", "e*", "f?", "[g]", "h\\", " i ", "j\n", "k\tl", "ü", "-m", "folder/n", "folder/o/p"]


def test_exactly_what_was_there_is_hidden_from_git_whatever_it_is_called(tmp_path: Path) -> None:
    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True).stdout

    def write(name: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    git("init", "--quiet")
    for name in UNUSUAL:
        write(name)
    listed = git("ls-files", "--others", "--exclude-standard", "--directory", "-z")
    (tmp_path / ".git" / "info" / "exclude").write_bytes(patterns(listed))

    assert git("status", "--porcelain", "-z") == b""
    for name in ("e1", "ff", "g", "a  b", "deeper/plain"):
        write(name)
    shown = git("ls-files", "--others", "--exclude-standard", "-z")
    assert set(shown.decode().split("\0")) - {""} == {"e1", "ff", "g", "a  b", "deeper/plain"}
