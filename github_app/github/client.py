"""GitHub's REST API as Harvest uses it: as the App, or with an installation token narrowed to one repository.

Requests are made through githubkit with raw paths and JSON; its typed models take seconds to import and reject valid answers.
Every failure comes out as one of the types in `failures.py`. Every request waits for its turn in `limiter.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from github_app.github.failures import (
    UNREACHED,
    Passing,
    RateLimited,
    Refused,
    TokenRefused,
    classify,
    classify_query,
    seconds_until_reset,
)
from github_app.github.installation_token import InstallationToken
from github_app.github.limiter import LONGEST_PAUSE_SECONDS, THE_APP, Limiter
from github_app.github.paces import Paces
from github_app.github.pacing import Urgency
from github_app.github.paths import graphql_url
from github_app.github.transport import CONCURRENT_REQUESTS, READING, PooledTransport
from github_app.metrics import GITHUB_REQUESTS
from github_app.version import VERSION
from sandbox.secret import Secret

if TYPE_CHECKING:
    import httpx
    from githubkit import GitHub as Kit

log = structlog.get_logger()

API_VERSION = "2022-11-28"

# A request is tried this often at once before the failure goes to the caller, who may wait longer and look first.
QUICK_TRIES = 3
LONGEST_QUICK_WAIT_SECONDS = 5.0

REQUEST_SECONDS = 30.0

# A log may be as long as somebody likes; what failed stands at its end.
LONGEST_DOWNLOAD_BYTES = 32 * 1024 * 1024
LONGEST_END_BYTES = 64 * 1024


@dataclass(frozen=True)
class Sender:
    """Who makes a request, and for what: the installation whose limits it counts towards, how urgent it is, and the session
    that its turn is counted for. `job_id` goes into the User-Agent; `etag` is of the answer that the sender has already."""

    installation: int = THE_APP
    urgency: Urgency = Urgency.ANSWER
    session: str = ""
    job_id: str | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Tagged:
    """An answer's JSON, and the ETag by which the next request asks for it only if it has changed."""

    content: Any
    etag: str | None


class GitHub:
    """One client for the whole process: pooled connections, at most CONCURRENT_REQUESTS under way.

    `paces` say when what may be asked; None for a process that is alone.
    """

    def __init__(self, api_url: str, app_id: str, private_key: Secret, *, paces: Paces | None = None) -> None:
        self._api_url = api_url
        self._app_id = app_id
        self._private_key = private_key
        self._transport: httpx.AsyncBaseTransport | None = None
        self._app: Kit[Any] | None = None
        self._limiter = Limiter(paces)
        self._slots = asyncio.Semaphore(CONCURRENT_REQUESTS)
        # Told of every token that GitHub takes no longer, so that it is not handed out again.
        self.on_token_refused: Callable[[Secret], None] = lambda token: None

    async def as_app(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A request signed by the App itself (JWT); gives the decoded JSON, None when the answer has no body."""
        return await self._request(self._kit(), method, path, body, Sender())

    async def as_app_page(self, path: str) -> tuple[Any, str | None]:
        """One page of a list, and the URL of the next one, None after the last. Cursors are GitHub's own business: the URL
        is the one that it gives. https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        response = await self._respond(self._kit(), "GET", path, None, Sender())
        following = response.raw_response.links.get("next")
        return response.json(), following["url"] if following else None

    async def anonymously(self, method: str, path: str) -> Any:
        """A request for what is public."""
        from githubkit import UnauthAuthStrategy

        return await self._request(self._kit().with_auth(UnauthAuthStrategy()), method, path, None, Sender())

    async def with_token(
        self,
        token: InstallationToken,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        job_id: str | None = None,
        repeatable: bool | None = None,
        urgency: Urgency = Urgency.ANSWER,
        session: str = "",
    ) -> Any:
        """A request with an installation token. `job_id` goes into the User-Agent, so that GitHub's log tells jobs apart;
        turns are shared out by `urgency`, and then among `session`s. Progress raises NotNow when it has no turn soon.

        `repeatable` requests are tried again at once after a passing failure (reads, and writes that replace). The rest
        raise `Passing` at the first one, because the effect may have happened: look, then try again.
        """
        repeat = method in ("GET", "PATCH", "PUT", "DELETE") if repeatable is None else repeatable
        sender = Sender(token.installation_id, urgency, session, job_id)
        response = await self._respond_to_token(token, method, path, body, sender, repeat)
        return response.json() if response.content else None

    async def if_changed(
        self, token: InstallationToken, path: str, etag: str | None, *, job_id: str | None = None
    ) -> Tagged | None:
        """What stands at that path; None when it is still what that ETag was given for, which counts towards no hourly limit.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
        """
        sender = Sender(token.installation_id, job_id=job_id, etag=etag)
        response = await self._respond_to_token(token, "GET", path, None, sender, repeat=True)
        return None if response.status_code == 304 else Tagged(response.json(), response.headers.get("etag"))

    async def _respond_to_token(
        self,
        token: InstallationToken,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        sender: Sender,
        repeat: bool,
    ) -> Any:
        from githubkit import TokenAuthStrategy

        kit = self._kit().with_auth(TokenAuthStrategy(token.reveal()))
        try:
            return await self._respond(kit, method, path, body, sender, repeat)
        except Refused as problem:
            if problem.status != 401:
                raise
            self.on_token_refused(token)
            raise TokenRefused(problem.what, problem.reason) from problem

    async def download(self, token: InstallationToken, path: str) -> str:
        """The text to which GitHub sends whoever asks for that path, its end where it is long; empty when it can't be had. The
        token goes to GitHub alone. https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
        """
        import httpx

        headers = {"Authorization": f"Bearer {token.reveal()}", "X-GitHub-Api-Version": API_VERSION}
        self._kit()
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=REQUEST_SECONDS) as client:
                async with self._limiter.turn(
                    token.installation_id, f"GET {path}", writes=False, urgency=Urgency.ANSWER, session=""
                ) as turn:
                    sent_on = await client.get(f"{self._api_url.rstrip('/')}{path}", headers=headers)
                    turn.answered()
                if sent_on.status_code != 302:
                    log.info("nothing to download", path=path, status=sent_on.status_code)
                    return ""
                async with client.stream("GET", sent_on.headers["location"]) as answer:
                    return await end_of_text(answer)
        except httpx.HTTPError as problem:
            log.info("nothing was downloaded", path=path, error=str(problem))
            return ""

    async def query(
        self, token: InstallationToken, text: str, variables: Mapping[str, Any], *, job_id: str | None = None
    ) -> dict[str, Any]:
        """The data of a GraphQL query, for what REST does not tell. Nothing of it is given when a part of it can't be had. A
        mutation is repeated like a query: it has to be one that does nothing the second time.

        https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
        """
        body = {"query": text, "variables": dict(variables)}
        answer = await self.with_token(token, "POST", graphql_url(self._api_url), body, job_id=job_id, repeatable=True)
        if errors := answer.get("errors"):
            raise classify_query(errors)
        data: dict[str, Any] = answer["data"]
        return data

    async def close(self) -> None:
        await self._limiter.close()
        if self._transport is not None:
            await PooledTransport.really_close(self._transport)
            self._transport = None
            self._app = None

    def _kit(self) -> Kit[Any]:
        if self._app is None:
            from githubkit import AppAuthStrategy
            from githubkit import GitHub as Kit
            from githubkit.cache import MemCacheStrategy

            self._transport = PooledTransport.open()
            self._app = Kit(
                AppAuthStrategy(self._app_id, self._private_key.reveal()),
                base_url=self._api_url,
                user_agent=f"harvest/{VERSION}",
                timeout=REQUEST_SECONDS,
                async_transport=self._transport,
                http_cache=False,
                cache_strategy=MemCacheStrategy(),  # its own: githubkit would share JWTs with every other client
                auto_retry=False,
            )
        return self._app

    async def _request(
        self, kit: Kit[Any], method: str, path: str, body: Mapping[str, Any] | None, sender: Sender, repeat: bool = True
    ) -> Any:
        response = await self._respond(kit, method, path, body, sender, repeat)
        return response.json() if response.content else None

    async def _respond(
        self, kit: Kit[Any], method: str, path: str, body: Mapping[str, Any] | None, sender: Sender, repeat: bool = True
    ) -> Any:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._once(kit, method, path, body, sender)
            except RateLimited as problem:
                # Nothing was done: to ask again is safe, and the limiter sits the pause out.
                if tries >= QUICK_TRIES or problem.wait_seconds > LONGEST_PAUSE_SECONDS:
                    raise
            except Passing as problem:
                wait = quick_wait(problem, tries)
                if not repeat or wait is None:
                    raise
                await asyncio.sleep(wait)

    async def _once(self, kit: Kit[Any], method: str, path: str, body: Mapping[str, Any] | None, sender: Sender) -> Any:
        headers, what = {"X-GitHub-Api-Version": API_VERSION}, f"{method} {path}"
        if sender.job_id is not None:
            headers["User-Agent"] = f"harvest/{VERSION} job/{sender.job_id}"
        if sender.etag is not None:
            headers["If-None-Match"] = sender.etag
        async with self._limiter.turn(
            sender.installation, what, writes=self._writes(method, path, body), urgency=sender.urgency, session=sender.session
        ) as turn:
            try:
                async with self._slots:
                    response = await self._counted(kit, method, path, body, headers)
            except RateLimited as problem:
                seconds = await turn.limited(problem.asked_seconds)
                log.warning(
                    "GitHub's rate limit is reached", request=what, installation=sender.installation, seconds=round(seconds)
                )
                raise RateLimited(what, seconds) from problem
            turn.answered()
            if (seconds_left := seconds_until_reset(response.headers, time.time())) is not None:
                log.warning(
                    "GitHub's hourly rate limit is used up", installation=sender.installation, seconds=round(seconds_left)
                )
                await turn.limited(seconds_left)
        return response

    def _writes(self, method: str, path: str, body: Mapping[str, Any] | None) -> bool:
        """A GraphQL query is a POST that only reads, unless it is a mutation."""
        if body is not None and path == graphql_url(self._api_url):
            return str(body["query"]).lstrip().startswith("mutation")
        return method not in READING

    async def _counted(
        self, kit: Kit[Any], method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Any:
        """The request itself, counted by how it ended."""
        from githubkit.exception import GitHubException, RequestFailed

        status = "unreached"
        try:
            response = await kit.arequest(method, path, json=body, headers=dict(headers))
            status = f"{response.status_code // 100}xx"
        except GitHubException as error:
            if isinstance(error, RequestFailed):
                status = f"{error.response.status_code // 100}xx"
            raise classify(error, f"{method} {path}") from error
        finally:
            GITHUB_REQUESTS.labels(method, status).inc()
        return response


async def end_of_text(answer: httpx.Response) -> str:
    """The last part of a text; of one that is too long, the last part of what was read."""
    end, read = b"", 0
    async for chunk in answer.aiter_bytes():
        end, read = (end + chunk)[-LONGEST_END_BYTES:], read + len(chunk)
        if read > LONGEST_DOWNLOAD_BYTES:
            break
    return end.decode("utf-8", "replace") if answer.is_success else ""


def quick_wait(problem: Passing, tries: int) -> float | None:
    """Seconds until the next try made at once, or None when it is for the caller to wait."""
    if tries >= QUICK_TRIES or problem.wait_seconds > LONGEST_QUICK_WAIT_SECONDS:
        return None
    return max(problem.wait_seconds, UNREACHED.before_try(tries))
