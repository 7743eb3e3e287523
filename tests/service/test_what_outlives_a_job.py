"""What an agent leaves to configure the tools of the next one: in the job that left it, it acts; in the next, it is not there.

Two jobs of one session for all places: the first leaves each and tries it at once, the second tries them all again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.scene import instructions, running_scene
from tests.service.backends import cases_on_both, on_both_in_the_campaign


@dataclass(frozen=True)
class Place:
    """How it is left, and how it is seen that it acts: a command that fails when it does not."""

    leave: str
    acts: str


def a_file(path: str) -> Place:
    return Place(f'mkdir -p "$(dirname {path})" && echo "# left" > {path}', f"test -e {path}")


def an_alias(file: str, name: str) -> Place:
    """Any setting of git's may run a program; this one does nothing else."""
    return Place(f"mkdir -p $(dirname {file}) && git config --file {file} alias.{name} '!true'", f"git {name}")


# Start files that programs of any sandbox read, and which therefore can be tried.
STARTED = {
    "~/.gitconfig": an_alias("~/.gitconfig", "home"),
    "~/.config/git/config": an_alias("~/.config/git/config", "xdg"),
    "~/.bashrc": Place("echo 'touch $TMPDIR/bashrc' > ~/.bashrc", "bash -ic true 2>/dev/null; test -e $TMPDIR/bashrc"),
    "~/.bash_profile": Place("echo 'touch $TMPDIR/bash' > ~/.bash_profile", "bash -lc true; test -e $TMPDIR/bash"),
    "~/.profile": Place("echo 'touch $TMPDIR/profile' > ~/.profile", "sh -lc true; test -e $TMPDIR/profile"),
    "usercustomize.py": Place(
        "site=$(python3 -m site --user-site); mkdir -p $site; echo 'import os; print(os.name)' > $site/usercustomize.py",
        "python3 -c pass | grep -q .",
    ),
    ".git/config": an_alias(".git/config", "own"),
    ".git/config.worktree": Place(
        "git config extensions.worktreeConfig true; git config --file .git/config.worktree alias.worktree '!true'",
        "git worktree-config || git config --get alias.worktree",
    ),
    ".git/hooks": Place(
        "mkdir -p .git/hooks; echo 'touch $TMPDIR/hook' > .git/hooks/post-index-change; sed -i '1i#!/bin/sh' .git/hooks/*; "
        "chmod +x .git/hooks/post-index-change",
        "git update-index --force-remove --skip-worktree nothing 2>/dev/null; git read-tree HEAD; test -e $TMPDIR/hook",
    ),
    ".git/info/exclude": Place("echo /hidden.py >> .git/info/exclude; touch hidden.py", "test -e hidden.py"),
    "refs/replace": Place(
        "git replace $(git rev-parse HEAD:README.md) $(echo left | git hash-object -w --stdin)",
        "git show HEAD:README.md | grep -qx left",
    ),
    "an index that hides a change": Place(
        "git update-index --skip-worktree pyproject.toml && echo '# left' >> pyproject.toml", "grep -q left pyproject.toml"
    ),
    "a repository inside": Place(
        "git init -q inner && git -C inner commit -q --allow-empty -m Inside && git -C inner config alias.inside '!true'",
        "git -C inner inside",
    ),
    ".git/commondir": Place(
        "cd .git && mkdir other && cp -r HEAD config info objects refs other/ && "
        "git config --file other/config alias.common '!true' && echo other > commondir && cd ..",
        "git common",
    ),
}
# What others would read. Their programs are not on every machine; without the file there is nothing to read.
FILES = (
    "~/.claude/settings.json",
    "~/.claude/agents/helper.md",
    "~/.claude/CLAUDE.md",
    "~/.claude/.claude.json",
    "~/.claude/projects/tests/memory/MEMORY.md",
    "~/.claude.json",
    "~/.bash_logout",
    "~/.inputrc",
    "~/.config/git/attributes",
    "~/.config/pip/pip.conf",
    "~/.config/fish/config.fish",
    "~/.pip/pip.conf",
    "~/.pypirc",
    "~/.npmrc",
    "~/.yarnrc",
    "~/.yarnrc.yml",
    "~/.netrc",
    "~/.cargo/config.toml",
    "~/.m2/settings.xml",
    "~/.gradle/init.gradle",
    "~/.ssh/config",
    "~/.gnupg/gpg.conf",
    "~/.docker/config.json",
    "~/.local/bin/git",
    "~/.cache/pip/selfcheck.json",
    ".git/info/attributes",
    ".git/info/grafts",
    ".git/objects/info/alternates",
    ".git/worktrees/other/gitdir",
    ".git/modules/other/config",
    ".git/remotes/upstream",
    ".git/branches/upstream",
    ".git/sequencer/todo",
)
PLACES = {**{path: a_file(path) for path in FILES}, **STARTED}


def tried(job: int) -> str:
    lines = []
    for number, place in enumerate(PLACES.values()):
        if job == 1:
            lines.append(f"{{ {place.leave}; }} >&2")
        lines.append(f"if ( {place.acts} ) >/dev/null; then echo 'job-{job} tried {number}: it acts' >> tried.txt; fi")
    return "\n".join([*lines, f"echo job-{job} tried all >> tried.txt\n"])


@dataclass(frozen=True)
class Tried:
    """What was seen to act in each job, and the session's transcript as it was kept."""

    by_job: dict[str, set[str]]
    transcript: list[str]


@pytest.fixture(scope="module")
def both_jobs(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Tried]:
    with running_scene(tmp_path_factory.mktemp("outlives"), backend) as scene:
        issue = scene.ask("Leave it all", tried(1))
        scene.wait_for_end(issue)
        scene.comment(issue, f"/harvest try it all again\n\n{instructions(tried(2))}")
        ended = scene.wait_for_end(issue, number=2)
        kept = scene.snapshot_of(ended)
        said = scene.sandboxes.kept(kept, "^job-[12] tried .*")
        yield Tried(seen_to_act(said), scene.sandboxes.kept(kept, '"resumed": (true|false)'))
        assert scene.github.violations() == []


def seen_to_act(said: list[str]) -> dict[str, set[str]]:
    """Of each job, the places that acted in it, by what it wrote of that."""
    names = list(PLACES)
    seen: dict[str, set[str]] = {}
    for job in ("job-1", "job-2"):
        assert f"{job} tried all" in said
        numbers = (re.fullmatch(rf"{job} tried (\d+): it acts", line) for line in said)
        seen[job] = {names[int(number[1])] for number in numbers if number}
    return seen


@cases_on_both("place", PLACES)
def test_it_acts_in_the_job_that_left_it_and_not_in_the_next(both_jobs: Tried, place: str) -> None:
    assert place in both_jobs.by_job["job-1"], "it would not be seen"
    assert place not in both_jobs.by_job["job-2"]


@on_both_in_the_campaign
def test_the_conversation_comes_along(both_jobs: Tried) -> None:
    assert both_jobs.transcript == ['"resumed": false', '"resumed": true']
