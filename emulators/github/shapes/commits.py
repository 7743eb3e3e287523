"""Commits, changed files, refs, branches and files in JSON."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from emulators.github.git_diff import FileChange
from emulators.github.git_repository import Commit, Signature, TreeEntry
from emulators.github.model.repositories import Repository
from emulators.github.shapes.addresses import Addresses, node_id, path_part
from emulators.github.shapes.protection import summary

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _signature(signed: Signature) -> dict[str, str]:
    return {"name": signed.name, "email": signed.email, "date": signed.date}


def commit(
    at: Addresses, repo: Repository, shown: Commit, author: dict[str, Any] | None, changes: Sequence[FileChange] | None = None
) -> dict[str, Any]:
    """`commit`: `author` is the account with the author's address, if there is one; `changes` adds files and their counts."""
    url, page = at.repository(repo), at.page(repo)
    shape: dict[str, Any] = {
        "sha": shown.sha,
        "node_id": node_id("C", shown.sha),
        "commit": {
            "author": _signature(shown.author),
            "committer": _signature(shown.committer),
            "message": shown.message,
            "tree": {"sha": shown.tree, "url": f"{url}/git/trees/{shown.tree}"},
            "url": f"{url}/git/commits/{shown.sha}",
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "url": f"{url}/commits/{shown.sha}",
        "html_url": f"{page}/commit/{shown.sha}",
        "comments_url": f"{url}/commits/{shown.sha}/comments",
        "author": author,
        "committer": author,
        "parents": [
            {"sha": parent, "url": f"{url}/commits/{parent}", "html_url": f"{page}/commit/{parent}"}
            for parent in shown.parents
        ],
    }
    if changes is not None:
        added, removed = sum(one.additions for one in changes), sum(one.deletions for one in changes)
        shape["stats"] = {"total": added + removed, "additions": added, "deletions": removed}
        shape["files"] = [changed_file(at, repo, one, shown.sha) for one in changes]
    return shape


def changed_file(at: Addresses, repo: Repository, change: FileChange, sha: str) -> dict[str, Any]:
    """`diff-entry`: one file of a difference that ends at commit `sha`."""
    path = path_part(change.path)
    shape: dict[str, Any] = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{at.page(repo)}/blob/{sha}/{path}",
        "raw_url": f"{at.page(repo)}/raw/{sha}/{path}",
        "contents_url": f"{at.repository(repo)}/contents/{path}?ref={sha}",
    }
    if change.patch is not None:
        shape["patch"] = change.patch
    if change.previous_path:
        shape["previous_filename"] = change.previous_path
    return shape


def git_commit(at: Addresses, repo: Repository, shown: Commit) -> dict[str, Any]:
    """`git-commit`: the commit as the git database has it."""
    url, page = at.repository(repo), at.page(repo)
    return {
        "sha": shown.sha,
        "node_id": node_id("C", shown.sha),
        "url": f"{url}/git/commits/{shown.sha}",
        "html_url": f"{page}/commit/{shown.sha}",
        "author": _signature(shown.author),
        "committer": _signature(shown.committer),
        "tree": {"sha": shown.tree, "url": f"{url}/git/trees/{shown.tree}"},
        "message": shown.message,
        "parents": [
            {"sha": parent, "url": f"{url}/git/commits/{parent}", "html_url": f"{page}/commit/{parent}"}
            for parent in shown.parents
        ],
        "verification": _UNSIGNED,
    }


def commit_in_push(at: Addresses, repo: Repository, shown: Commit, changes: Sequence[FileChange]) -> dict[str, Any]:
    """A commit in a `push` payload."""
    author = {"name": shown.author.name, "email": shown.author.email, "date": shown.author.date}
    committer = {"name": shown.committer.name, "email": shown.committer.email, "date": shown.committer.date}
    return {
        "id": shown.sha,
        "tree_id": shown.tree,
        "distinct": True,
        "message": shown.message,
        "timestamp": shown.author.date,
        "url": f"{at.page(repo)}/commit/{shown.sha}",
        "author": author,
        "committer": committer,
        "added": [one.path for one in changes if one.status == "added"],
        "removed": [one.path for one in changes if one.status == "removed"],
        "modified": [one.path for one in changes if one.status not in ("added", "removed")],
    }


def simple_commit(shown: Commit) -> dict[str, Any]:
    """`simple-commit`: the head of a check suite."""
    return {
        "id": shown.sha,
        "tree_id": shown.tree,
        "message": shown.message,
        "timestamp": shown.author.date,
        "author": {"name": shown.author.name, "email": shown.author.email},
        "committer": {"name": shown.committer.name, "email": shown.committer.email},
    }


def git_ref(at: Addresses, repo: Repository, ref: str, sha: str) -> dict[str, Any]:
    url = at.repository(repo)
    return {
        "ref": ref,
        "node_id": node_id("REF", f"{repo.id}:{ref}"),
        "url": f"{url}/git/{path_part(ref)}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/git/commits/{sha}"},
    }


def short_branch(at: Addresses, repo: Repository, name: str, sha: str) -> dict[str, Any]:
    head = {"sha": sha, "url": f"{at.repository(repo)}/commits/{sha}"}
    return {"name": name, "commit": head, "protected": repo.rules.protects(name, repo.default_branch)}


def branch(at: Addresses, repo: Repository, name: str, head: dict[str, Any]) -> dict[str, Any]:
    """`branch-with-protection`: `head` is the branch's commit in JSON."""
    url, protected = f"{at.repository(repo)}/branches/{path_part(name)}", repo.rules.protects(name, repo.default_branch)
    return {
        "name": name,
        "commit": head,
        "_links": {"self": url, "html": f"{at.page(repo)}/tree/{path_part(name)}"},
        "protected": protected,
        "protection": {
            "enabled": protected,
            "required_status_checks": summary(repo.rules.protections.get(name)),
        },
        "protection_url": f"{url}/protection",
    }


def content_entry(at: Addresses, repo: Repository, entry: TreeEntry, ref: str) -> dict[str, Any]:
    """One file or folder, as a folder's listing has it."""
    path = path_part(entry.path)
    url = f"{at.repository(repo)}/contents/{path}?ref={path_part(ref)}"
    folder = entry.type == "tree"
    git = f"{at.repository(repo)}/git/{'trees' if folder else 'blobs'}/{entry.sha}"
    page = f"{at.page(repo)}/{'tree' if folder else 'blob'}/{path_part(ref)}/{path}"
    kind = "dir" if folder else "symlink" if entry.mode == "120000" else "submodule" if entry.type == "commit" else "file"
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": page,
        "git_url": git,
        "download_url": None if folder else f"{at.page(repo)}/raw/{path_part(ref)}/{path}",
        "type": kind,
        "_links": {"self": url, "git": git, "html": page},
    }


def content_folder(at: Addresses, repo: Repository, path: str, sha: str, ref: str) -> dict[str, Any]:
    """A folder looked at by itself."""
    return content_entry(at, repo, TreeEntry("040000", "tree", sha, None, path), ref)


def content_file(at: Addresses, repo: Repository, entry: TreeEntry, ref: str, content: bytes) -> dict[str, Any]:
    """`content-file`: one file with its content, in lines of 60 characters of base64 as GitHub sends it."""
    encoded = base64.b64encode(content).decode()
    lines = "".join(f"{encoded[start : start + 60]}\n" for start in range(0, len(encoded), 60))
    return {**content_entry(at, repo, entry, ref), "type": "file", "content": lines, "encoding": "base64"}
