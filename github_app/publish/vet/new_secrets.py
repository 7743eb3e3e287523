"""Which secrets a change would make public: those in new contents and paths that the same files did not hold before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from github_app.publish.vet.clean_git import CleanGit
from github_app.publish.vet.listing import Change
from github_app.publish.vet.objects import batches, contents_of, sizes_of
from github_app.publish.vet.rules import Policy, Reason, secret_reasons
from github_app.publish.vet.secret_scan import MAX_FINDINGS, OWN_SECRET, SecretScan, TooManyFindings

_TOO_MANY = Reason("secret", "", f"More than {MAX_FINDINGS} texts look like secrets: ask for the work without them.")


async def new_secrets(clean: CleanGit, changes: Sequence[Change], scan: SecretScan, policy: Policy) -> list[Reason]:
    """The reasons against publishing, empty when there is none. A secret that the same files held before the agent came is
    public already and passes, unless it is the job's own; where that can't be known within the policy it does not pass.

    Raises ObjectMissing, GitFailed.
    """
    try:
        found = await _found(clean, changes, scan)
    except TooManyFindings:
        return [_TOO_MANY]
    public = await _public(clean, changes, scan, policy) if found else set()
    return secret_reasons((change, kind) for change, secret, kind in found if kind == OWN_SECRET or secret not in public)


async def _found(clean: CleanGit, changes: Sequence[Change], scan: SecretScan) -> list[tuple[Change, bytes, str]]:
    by_path = {change.path: change for change in changes}
    in_paths = await asyncio.to_thread(_in_paths, scan, by_path)
    found = [(by_path[path], secret, kind) for path, secret, kind in in_paths]
    by_blob = {change.blob: change for change in changes if change.has_content}
    for batch in batches({blob: change.size or 0 for blob, change in by_blob.items()}):
        for blob, content in (await contents_of(clean, batch)).items():
            findings = await asyncio.to_thread(scan.findings, content)
            found += [(by_blob[blob], secret, kind) for secret, kind in findings.items()]
            if len(found) > MAX_FINDINGS:
                raise TooManyFindings
    return found


def _in_paths(scan: SecretScan, paths: Iterable[bytes]) -> list[tuple[bytes, bytes, str]]:
    return [(path, secret, kind) for path in paths for secret, kind in scan.findings(path).items()]


async def _public(clean: CleanGit, changes: Sequence[Change], scan: SecretScan, policy: Policy) -> set[bytes]:
    """What the changed files held before; nothing when that is more than is looked at."""
    public: set[bytes] = set()
    new = {change.blob for change in changes if change.has_content}
    sizes = await sizes_of(clean, {blob for change in changes for blob in change.old_blobs} - new)
    if sum(sizes.values()) > policy.max_total_bytes:
        return public
    for batch in batches(sizes):
        for content in (await contents_of(clean, batch)).values():
            try:
                public |= (await asyncio.to_thread(scan.findings, content)).keys()
            except TooManyFindings:
                continue
    return public
