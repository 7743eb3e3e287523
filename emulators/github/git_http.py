"""Git over HTTP, by git's own `git http-backend`: who may fetch and push is decided here, what is pushed by the hooks.

Both ways are streamed: no pack is ever held in memory. https://git-scm.com/docs/git-http-backend, https://git-scm.com/docs/http-protocol
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from emulators.github import push_checks
from emulators.github.access import lacks, may_see, reaches, read, write
from emulators.github.credentials import actor_of
from emulators.github.errors import Refused
from emulators.github.git_process import GIT_ENVIRONMENT
from emulators.github.model.accounts import at_least
from emulators.github.model.apps import covers
from emulators.github.model.repositories import Repository
from emulators.github.pushes import ref_moved
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, Anonymous, AppItself, InstallationToken, Person, UserToken

_CHUNK_BYTES = 64 * 1024
# The headers of a CGI answer are short; more than this is not one.
_MAX_HEADER_BYTES = 16 * 1024

_SERVICES = frozenset({"git-upload-pack", "git-receive-pack"})


class GitHttp:
    """The ASGI app behind `/{owner}/{repo}.git/…`; `owner`, `repo` and `rest` are path parameters."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refusal = await self._serve(request, send)
        if refusal:
            await refusal(scope, receive, send)

    async def _serve(self, request: Request, send: Send) -> Response | None:
        parameters, state = request.path_params, request.scope["state"]
        rest = parameters["rest"]
        service = request.query_params.get("service", "") if rest == "info/refs" else rest
        state["route"] = f"/{{owner}}/{{repo}}.git/{rest}" + (f"?service={service}" if rest == "info/refs" else "")
        try:
            actor = actor_of(self._github.tokens, request.headers.get("authorization"))
        except Refused:
            return _unauthorized("Invalid username or token. Password authentication is not supported for Git operations.")
        state["actor"] = actor.name
        if isinstance(actor, InstallationToken):
            state["permissions"] = actor.permissions
        if service not in _SERVICES:
            return PlainTextResponse("Please upgrade your git client.", 403)
        repo = self._github.store.repository(parameters["owner"], parameters["repo"])
        push = service == "git-receive-pack"
        former = self._github.store.formerly(parameters["owner"], parameters["repo"])
        if former and refused(actor, former, push=push) is None:
            # Git follows this for its first request, and goes on there. https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpfollowRedirects
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{self._github.at.clone(former)}/{rest}{query}", 301)
        maintains = push and repo is not None and bool(push_checks.only_branches(self._github, repo, actor))
        if refusal := refused(actor, repo, push=push and not maintains):
            return refusal
        if repo is None:
            return PlainTextResponse("Repository not found.", 404)
        await self._run(request, send, repo, actor, push=push and rest == service)
        return None

    async def _run(self, request: Request, send: Send, repo: Repository, actor: Actor, *, push: bool) -> None:
        """Run the backend, pipe the request into it and its answer out. What a push moved is acted on before the answer
        ends, so that who has pushed finds it done."""
        async with contextlib.AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="push-", dir=self._github.store.root))
            checking: dict[str, str] = {}
            if push and push_checks.is_needed(self._github, repo, actor):
                checking = await stack.enter_async_context(push_checks.answering(self._github, repo, actor))
            report = Path(folder) / "moved-refs"
            process = await asyncio.create_subprocess_exec(
                "git",
                "http-backend",
                env={**_environment(request, repo, actor, report), **checking},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            feeding = asyncio.create_task(_feed(request, process))
            try:
                await self._answer(process, send)
                await feeding
                await process.wait()
                if push:
                    await self._moved(repo, actor, report)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                feeding.cancel()
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    async def _answer(self, process: asyncio.subprocess.Process, send: Send) -> None:
        assert process.stdout is not None  # noqa: S101  asked for above
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _MAX_HEADER_BYTES:
            if not (chunk := await process.stdout.read(_CHUNK_BYTES)):
                break
            head += chunk
        lines, _, body = head.partition(b"\r\n\r\n")
        headers = [tuple(line.split(b": ", 1)) for line in lines.split(b"\r\n") if b": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name.lower() == b"status"), 200 if headers else 500)
        kept = [(name.lower(), value) for name, value in headers if name.lower() != b"status"]
        await send({"type": "http.response.start", "status": status, "headers": kept})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        while chunk := await process.stdout.read(_CHUNK_BYTES):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _moved(self, repo: Repository, actor: Actor, report: Path) -> None:
        if not isinstance(actor, Person | InstallationToken):
            return
        for before, after, ref in _moved_refs(report):
            await ref_moved(self._github, repo, ref, before, after, actor.account)


def refused(actor: Actor, repo: Repository | None, *, push: bool) -> Response | None:
    """Why an actor may not fetch from or push to a repository, in GitHub's words; None if it may."""
    if repo is None or not may_see(actor, repo):
        # Git asks for credentials only after a 401, so GitHub says it to whoever has none.
        return (
            _unauthorized("Repository not found.")
            if isinstance(actor, Anonymous)
            else PlainTextResponse("Repository not found.", 404)
        )
    match actor:
        case AppItself():
            return _unauthorized("Invalid username or token. Password authentication is not supported for Git operations.")
        case Anonymous():
            return _unauthorized("Authentication required.") if push else None
        case UserToken() if lacks(actor, repo, write("contents", role="write") if push else read("contents")):
            allowed = False
        case Person(account):
            allowed = at_least(repo.role_of(account), "write" if push else "read")
        case InstallationToken(permissions=permissions):
            held = reaches(actor, repo) and covers(permissions, "contents", "write" if push else "read")
            allowed = held or (not push and not repo.private)
    if allowed:
        if push and repo.archived:
            return PlainTextResponse("This repository was archived so it is read-only.", 403)
        return None
    if not push:
        return PlainTextResponse("Repository not found.", 404)
    return PlainTextResponse(f"Permission to {repo.full_name}.git denied to {actor.account.login}.", 403)


def _environment(request: Request, repo: Repository, actor: Actor, report: Path) -> dict[str, str]:
    """CGI's variables, and what the hooks need to know."""
    headers = request.headers
    environment = {
        **GIT_ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(repo.git.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repo.git.path.name}/{request.path_params['rest']}",
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "REMOTE_USER": actor.account.login if isinstance(actor, Person | InstallationToken) else "",
        "REMOTE_ADDR": "127.0.0.1",
        "PUSH_REPORT": str(report),
    }
    for name, variable in (
        ("content-length", "CONTENT_LENGTH"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ):
        if value := headers.get(name):
            environment[variable] = value
    return environment


async def _feed(request: Request, process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None  # noqa: S101  asked for above
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the backend has heard enough
        try:
            async for chunk in request.stream():
                process.stdin.write(chunk)
                await process.stdin.drain()
        except ClientDisconnect:
            process.kill()
        process.stdin.close()


def _moved_refs(report: Path) -> list[tuple[str, str, str]]:
    """What the post-receive hook left: before, after and name of each ref; nothing when all were refused."""
    if not report.exists():
        return []
    return [(before, after, ref) for before, after, ref in (line.split(" ", 2) for line in report.read_text().splitlines())]


def _unauthorized(message: str) -> Response:
    return PlainTextResponse(message, 401, {"www-authenticate": 'Basic realm="GitHub"'})
