"""The files of a repository, and what a commit changed."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from emulators.github.errors import not_found
from emulators.github.git_repository import TreeEntry
from emulators.github.model.repositories import Repository
from emulators.github.pages.diff import counts, diff
from emulators.github.pages.forms import repository_on_page
from emulators.github.pages.html import Html, el
from emulators.github.pages.layout import page, repository_link, repository_trail
from emulators.github.pushes import EMPTY_TREE

PICTURES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def file_rows(repo: Repository, ref: str, entries: Sequence[TreeEntry]) -> Html:
    """A folder's content, folders first."""
    link = repository_link(repo)
    rows = []
    for entry in sorted(entries, key=lambda one: (one.type != "tree", one.path)):
        kind = "tree" if entry.type == "tree" else "blob"
        name = f"{entry.path}/" if kind == "tree" else entry.path
        target = f"{link}/{kind}/{quote(ref)}/{quote(entry.path)}"
        rows.append(el("li", el("a", name, href=target, class_="grow"), el("span", entry.mode, class_="soft")))
    return el("ul", rows, class_="rows")


async def commit_page(request: Request) -> Response:
    repo = repository_on_page(request)
    sha = await repo.git.resolve(request.path_params["sha"])
    commit = await repo.git.commit(sha) if sha else None
    if commit is None:
        raise not_found()
    changes = await repo.git.changes(commit.parents[0] if commit.parents else EMPTY_TREE, commit.sha)
    title, _, rest = commit.message.partition("\n")
    return page(
        f"{title} · {commit.sha[:7]}",
        el("h1", title),
        el("pre", rest.strip(), class_="text") if rest.strip() else None,
        el(
            "p",
            f"{commit.author.name} <{commit.author.email}> · {commit.author.date} · ",
            el("code", commit.sha),
            class_="soft",
        ),
        el("p", f"{len(changes)} files · ", counts(changes)),
        diff(changes),
        trail=repository_trail(repo),
    )


async def raw_file(request: Request) -> Response:
    """A file as it is, where a GitHub of one's own has it."""
    repo = repository_on_page(request)
    _, sha, path = await _where(repo, request.path_params["where"].removeprefix("refs/heads/"))
    entry = next((one for one in await repo.git.tree(sha, path) if one.type == "blob" and path), None)
    content = await repo.git.blob(entry.sha) if entry is not None else None
    if content is None:
        return Response("404: Not Found", 404, media_type="text/plain")
    return Response(content, media_type="text/plain; charset=utf-8")


async def tree_page(request: Request) -> Response:
    repo = repository_on_page(request)
    ref, sha, path = await _where(repo, request.path_params["ref"])
    entries = await repo.git.tree(sha, f"{path}/" if path else "")
    title = f"{path or repo.name} at {ref}"
    return page(title, el("h1", title), file_rows(repo, ref, entries), trail=repository_trail(repo))


async def blob_page(request: Request) -> Response:
    repo = repository_on_page(request)
    ref, sha, path = await _where(repo, request.path_params["where"])
    entries = await repo.git.tree(sha, path)
    content = await repo.git.blob(entries[0].sha) if entries and entries[0].type == "blob" else None
    if content is None:
        raise not_found()
    if request.query_params.get("raw") == "true":  # the real one leads to another host for it
        kind = PICTURES.get(path.rpartition(".")[2], "text/plain")
        return Response(content, media_type=kind, headers={"x-content-type-options": "nosniff"})
    text = "A binary file." if b"\0" in content else content.decode(errors="replace")
    return page(f"{path} at {ref}", el("h1", path), el("pre", text, class_="text"), trail=repository_trail(repo))


async def _where(repo: Repository, text: str) -> tuple[str, str, str]:
    """Ref, its commit, and path, out of `ref/path`: a ref may hold slashes, so the longest that exists counts."""
    parts = text.split("/")
    for length in range(len(parts), 0, -1):
        ref = "/".join(parts[:length])
        if sha := await repo.git.resolve(ref):
            return ref, sha, "/".join(parts[length:])
    raise not_found()
