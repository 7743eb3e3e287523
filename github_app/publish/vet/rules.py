"""What may be published: pure decisions over the changes that git listed. Every commit counts, for each becomes public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from github_app.publish.vet.listing import ABSENT, EXECUTABLE, GITLINK, REGULAR, SYMLINK, Change
from github_app.publish.vet.paths import fault_of_link, fault_of_path
from github_app.publish.vet.protected import is_protected
from github_app.settings.repository import SETTINGS_FILE
from sandbox.sizes import megabytes

# GitHub warns at 50 MB and refuses 100 MB a file; a change that a person reads has no file near that.
# https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github
MAX_FILE_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True)
class Policy:
    """What the repository's settings allow, and how much.

    The first limits are what one pull request can hold and a person can look over; GitHub shows 300 files of one. The others
    are far above what comes to that, and bound what looking takes: `max_changes` counts each file in each commit,
    `max_objects` and `max_unpacked_bytes` what the bundle holds, which may be newer commits of the base branch too.
    `max_seconds` leaves out the time that the server takes.
    """

    allow_workflows: bool = False
    protected_paths: tuple[str, ...] = ()
    max_commits: int = 200
    max_files: int = 1_000
    max_file_bytes: int = MAX_FILE_BYTES
    max_total_bytes: int = 100 * 1024 * 1024
    max_changes: int = 20_000
    max_commit_bytes: int = 64 * 1024
    max_objects: int = 200_000
    max_unpacked_bytes: int = 1024 * 1024 * 1024
    max_seconds: float = 180


@dataclass(frozen=True)
class Reason:
    """One reason for a refusal: the rule's name, the path (empty when it is about no single one), and a sentence for a
    person that says what to do. Never holds a secret. `raw_path` is the path as git has it."""

    rule: str
    path: str
    sentence: str
    raw_path: bytes = field(default=b"", compare=False)


# What a person may do by hand: work that is refused for nothing else can be shown to them. All other reasons are against
# showing it as well.
BY_HAND = frozenset({"workflow", "protected", "file-size", "file-count"})
_NO_LIMIT, _MORE_FILES = 2**62, 5


def by_hand(policy: Policy) -> Policy:
    """The policy for what is shown to people and not pushed."""
    files = _MORE_FILES * policy.max_files
    return replace(policy, allow_workflows=True, protected_paths=(), max_file_bytes=_NO_LIMIT, max_files=files)


_WORKFLOWS = re.compile(rb"^\.github/workflows(?:/|$)", re.IGNORECASE)
_MODULES = re.compile(rb"^(?:\.gitmodules|gitmod~\d+|gi7eba~\d+)[. ]*$", re.IGNORECASE)


def judge(changes: Sequence[Change], links: Mapping[str, bytes], policy: Policy) -> list[Reason]:
    """Every reason against these changes, at most one for each path, in the order of the paths; empty when there is none.

    `links` maps the blob of each symbolic link to its target.
    """
    found: dict[bytes, Reason] = {}
    for change in changes:
        if change.path not in found and (reason := _fault(change, links, policy)):
            found[change.path] = replace(reason, raw_path=change.path)
    return [*_too_much(changes, policy), *(found[path] for path in sorted(found))]


def _fault(change: Change, links: Mapping[str, bytes], policy: Policy) -> Reason | None:
    shown = change.shown_path
    if _WORKFLOWS.match(change.path) and not policy.allow_workflows:
        return Reason(
            "workflow", shown, f"`{shown}` is a workflow file, which runs with the repository's secrets: change it by hand."
        )
    if is_protected(change.path, policy.protected_paths):
        return Reason(
            "protected", shown, f"`{shown}` is protected here by `protected_paths` ({SETTINGS_FILE}): change it by hand."
        )
    if GITLINK in (change.mode, *change.old_modes) or _MODULES.match(change.path):
        return Reason("submodule", shown, f"`{shown}` changes a submodule: change submodules by hand.")
    if change.deleted:
        return None
    if fault := fault_of_path(change.path):
        return Reason("path", shown, f"The path `{shown}` {fault}: ask for another name.")
    if change.mode == SYMLINK:
        fault = fault_of_link(change.path, links.get(change.blob, b""))
        return Reason("symlink", shown, f"The link `{shown}` {fault}: ask for it to be left out.") if fault else None
    if change.mode not in (REGULAR, EXECUTABLE):
        return Reason("mode", shown, f"`{shown}` has the unusual mode {change.mode}: ask for an ordinary file.")
    if change.size is None or change.size > policy.max_file_bytes:
        size = "an unknown size" if change.size is None else megabytes(change.size, decimals=1)
        allowed = megabytes(policy.max_file_bytes, decimals=1)
        return Reason(
            "file-size", shown, f"`{shown}` has {size} and at most {allowed} are published: ask for it to be left out."
        )
    return None


def _too_much(changes: Sequence[Change], policy: Policy) -> Iterator[Reason]:
    paths = len({change.path for change in changes})
    if paths > policy.max_files:
        sentence = f"{paths:,} files are changed and at most {policy.max_files:,} are published: ask for a smaller change."
        yield Reason("file-count", "", sentence)
    total = sum({change.blob: change.size or 0 for change in changes if change.mode != ABSENT}.values())
    if total > policy.max_total_bytes:
        allowed = megabytes(policy.max_total_bytes, decimals=1)
        yield Reason(
            "total-size",
            "",
            f"The change comes to {megabytes(total, decimals=1)} and at most {allowed} are published: ask for less.",
        )


def secret_reasons(found: Iterable[tuple[Change, str]]) -> list[Reason]:
    """The reasons for secrets found: each change with the name of what was found in it. The secret itself is never named."""
    reasons = {}
    for change, kind in found:
        shown = change.shown_path
        reasons[shown, kind] = Reason(
            "secret",
            shown,
            f"`{shown}` has what looks like a {kind} in it: nothing was pushed. If it is real, revoke it; "
            "then ask for the work again without it.",
        )
    return list(reasons.values())


def is_left_to_people(path: bytes, protected_paths: Sequence[str]) -> bool:
    """Whether what an agent has to say of that path is never put into it without a person: workflows, and what the repository
    protects."""
    return _WORKFLOWS.match(path) is not None or is_protected(path, tuple(protected_paths))
