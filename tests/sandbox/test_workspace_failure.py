"""What git says when a repository can't be fetched becomes a typed error with a sentence for a person."""

from __future__ import annotations

import pytest

from sandbox.workspace_failure import (
    BranchGone,
    ReadTokenRefused,
    RepositoryGone,
    RepositoryTooLarge,
    RepositoryUnreachable,
    WorkspaceError,
    explain_damage,
    explain_fetch_failure,
)


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        ("fatal: Authentication failed for 'https://github.com/o/r.git/'", ReadTokenRefused),
        ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", ReadTokenRefused),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", ReadTokenRefused),
        ("remote: Repository not found.\nfatal: repository 'https://github.com/o/r.git/' not found", RepositoryGone),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 301", RepositoryGone),
        ("fatal: couldn't find remote ref refs/heads/gone", BranchGone),
        ("fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111", BranchGone),
        ("fatal: write error: File too large\nfatal: fetch-pack: invalid index-pack output", RepositoryTooLarge),
        ("error: index-pack died of signal 25", RepositoryTooLarge),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", RepositoryUnreachable),
        ("error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502", RepositoryUnreachable),
        ("fatal: early EOF", RepositoryUnreachable),
        ("", RepositoryUnreachable),
    ],
)
def test_what_git_says_becomes_a_typed_error(stderr: str, kind: type[WorkspaceError]) -> None:
    error = explain_fetch_failure(stderr, "https://github.com/o/r.git", 1_000)

    assert type(error) is kind
    assert error.retryable is (kind is RepositoryUnreachable)
    assert "github.com/o/r.git" in str(error)


@pytest.mark.parametrize(
    ("stderr", "is_here"),
    [
        ("error: cannot lock ref 'refs/remotes/origin/main': 'refs/remotes/origin/main/x' exists", True),
        ("fatal: unable to read tree (5a0b69ca53edf5e7e317889f3bc90c4ba76fa951)", True),
        ("remote: fatal: bad object 5a0b69ca53edf5e7e317889f3bc90c4ba76fa951\nfatal: early EOF", False),
        ("fatal: unable to access 'https://github.com/o/r/': Could not resolve host: github.com", False),
        ("error: file write error: No space left on device", False),
    ],
)
def test_what_is_damaged_here_is_told_from_what_the_remote_says(stderr: str, is_here: bool) -> None:
    assert (explain_damage(stderr) is not None) is is_here
