"""Changing a repository as a whole. https://docs.github.com/rest/repos/repos#update-a-repository"""

from __future__ import annotations

from emulators.github.access import write
from emulators.github.errors import not_found
from emulators.github.model.merge_settings import ALLOWING
from emulators.github.repository_changes import delete, edit, give_to, rename, set_archived, set_private
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.repositories import full_repository, repository

_ADMINISTER = write("administration", role="admin")


@route("PATCH /repos/{owner}/{repo}", _ADMINISTER)
async def update_repository(call: Call) -> Answer:
    github, repo, sender, asked = call.github, call.repository, call.account, call.body or {}
    await edit(github, repo, sender, asked.get("description"), asked.get("default_branch"))
    if "private" in asked or "visibility" in asked:
        set_private(github, repo, asked.get("visibility") == "private" or bool(asked.get("private")), sender)
    if "archived" in asked:
        set_archived(github, repo, asked["archived"], sender)
    for method, setting in ALLOWING.items():
        if setting in asked:
            (repo.merging.methods.add if asked[setting] else repo.merging.methods.discard)(method)
    repo.merging.auto_merge = asked.get("allow_auto_merge", repo.merging.auto_merge)
    repo.merging.delete_branch = asked.get("delete_branch_on_merge", repo.merging.delete_branch)
    if "name" in asked:
        rename(github, repo, asked["name"], sender)
    return Answer(200, full_repository(github.at, repo, "admin"))


@route("DELETE /repos/{owner}/{repo}", _ADMINISTER)
async def delete_repository(call: Call) -> Answer:
    delete(call.github, call.repository, call.account)
    return Answer(204)


@route("POST /repos/{owner}/{repo}/transfer", _ADMINISTER)
async def transfer_repository(call: Call) -> Answer:
    """Here the new owner accepts at once, and the answer tells of the repository as it was, as GitHub's does."""
    repo, asked = call.repository, call.body
    owner = call.github.store.account(asked["new_owner"])
    if owner is None:
        raise not_found()
    before = repository(call.github.at, repo)
    give_to(call.github, repo, owner, asked.get("new_name"), call.account)
    return Answer(202, before)
