"""Files of a repository, read at a ref or written as a commit. https://docs.github.com/rest/repos/contents"""

from __future__ import annotations

import base64
import binascii

from emulators.github.access import read, write
from emulators.github.clock import now
from emulators.github.errors import Refused, not_accessible, not_found, unprocessable
from emulators.github.git_repository import ABSENT, Signature
from emulators.github.model.apps import covers
from emulators.github.pushes import ref_moved
from emulators.github.ref_guard import require_rules_of_files
from emulators.github.rest.media_types import file_as_html
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.commits import content_entry, content_file, content_folder, git_commit
from emulators.github.tokens import InstallationToken

# Larger files come without their content; above 100 MB not at all.
MAX_ENCODED_BYTES = 1024 * 1024


@route("GET /repos/{owner}/{repo}/contents/{path}", read("contents"))
async def get_content(call: Call) -> Answer:
    """A file with its content, or what a folder holds; the root too."""
    repo, path = call.repository, call.parameters["path"].strip("/")
    ref = str(call.query.get("ref") or repo.default_branch)
    sha = await repo.git.resolve(ref)
    if sha is None:
        raise Refused(404, f"No commit found for the ref {ref}")
    found = await repo.git.tree(sha, path) if path else []
    if not path or (found and found[0].type == "tree"):
        return await _folder(call, sha, path, ref)
    if not found:
        raise not_found()
    content = await repo.git.blob(found[0].sha)
    if content is None:
        raise not_found()
    if call.form == "raw":
        return call.in_form(content)
    if call.form == "html":
        return call.in_form(file_as_html(path, content, f"/{repo.full_name}"))
    shape = content_file(call.github.at, repo, found[0], ref, content if len(content) <= MAX_ENCODED_BYTES else b"")
    return Answer(200, shape if len(content) <= MAX_ENCODED_BYTES else {**shape, "encoding": "none"})


async def _folder(call: Call, sha: str, path: str, ref: str) -> Answer:
    """A list, or with the media type `object` an object with `entries`.
    https://docs.github.com/rest/repos/contents#get-repository-content"""
    repo = call.repository
    entries = [content_entry(call.github.at, repo, one, ref) for one in await repo.git.tree(sha, f"{path}/" if path else "")]
    if call.form != "object":
        return Answer(200, entries)
    tree = await repo.git.object_id(f"{sha}:{path}")
    return Answer(200, {**content_folder(call.github.at, repo, path, tree, ref), "entries": entries})


@route("PUT /repos/{owner}/{repo}/contents/{path}", write("contents", role="write"))
async def put_content(call: Call) -> Answer:
    """Write one file as one commit on a branch; `sha` must be the blob that is replaced."""
    repo, asked, path = call.repository, call.body, call.parameters["path"].strip("/")
    _may_write(call, path)
    branch = str(asked.get("branch") or repo.default_branch)
    head = await repo.git.branch(branch)
    if head is None and await repo.git.refs("refs/heads/"):
        raise Refused(404, f"Branch {branch} not found")
    old = await repo.git.tree(head, path) if head else []
    if old and asked.get("sha") != old[0].sha:
        raise Refused(
            409 if asked.get("sha") else 422,
            f"{path} does not match {asked.get('sha')}" if asked.get("sha") else 'Invalid request.\n\n"sha" wasn\'t supplied.',
        )
    try:
        content = base64.b64decode(asked["content"], validate=False)
    except binascii.Error:
        raise unprocessable("content is not valid Base64") from None
    account = call.account
    author = Signature(
        account.name or account.login, f"{account.id}+{account.login}@users.noreply.github.com", now().isoformat()
    )
    new = await repo.git.commit_file(head, path, content, asked["message"], author)
    await require_rules_of_files(repo, call.actor, f"refs/heads/{branch}", head or ABSENT, new)
    await repo.git.update_ref(f"refs/heads/{branch}", new, head or ABSENT)
    await ref_moved(call.github, repo, f"refs/heads/{branch}", head or ABSENT, new, account)
    commit, entries = await repo.git.commit(new), await repo.git.tree(new, path)
    if commit is None or not entries:
        raise not_found()
    shape = git_commit(call.github.at, repo, commit)
    written = content_entry(call.github.at, repo, entries[0], branch)
    return Answer(200 if old else 201, {"content": written, "commit": {**shape, "author": shape["author"]}})


def _may_write(call: Call, path: str) -> None:
    if not isinstance(call.actor, InstallationToken) or not path.startswith(".github/workflows/"):
        return
    if not covers(call.actor.permissions, "workflows", "write"):
        raise not_accessible("workflows", "write")
