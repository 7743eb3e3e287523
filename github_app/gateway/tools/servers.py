"""The tool servers that there are: those that the operator declared, and Harvest's own, asked in one way.

What is not needed is not loaded: the protocol's SDK takes most of a second, and is read beside other work when the first
server is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from github_app.gateway.loading import loading
from github_app.gateway.tools.listing import Tool, missing, offered
from github_app.gateway.tools.problems import ServerProblem, SessionLost
from github_app.settings.environment import named_in_environment
from github_app.settings.tool_servers import CHANGING_OF_BUILT_INS, ToolServer
from github_app.text.redact import Redactor
from sandbox.secret import Secret
from state.job_tools import Place

if TYPE_CHECKING:
    from github_app.gateway.tools.upstream import Conversation

# Of all jobs together: each is a connection, and one that is idle ends by itself.
MOST_CONVERSATIONS = 200


class BuiltInServer(Protocol):
    """A server of Harvest's own."""

    def tools(self) -> Sequence[Tool]:
        """What it has, in a stable order. Raises ServerProblem when it can't be used."""
        ...

    async def call(self, place: Place, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """MCP's result as plain JSON, with `dollars` in it where the call has cost something. Raises ServerProblem."""
        ...


# Of a server that offers not every job the same: the names of those that the job with this id is offered.
OfferedTo = Callable[[str], Awaitable[Collection[str]]]


class Servers:
    """All tool servers. `close` ends their conversations."""

    def __init__(self, declared: Mapping[str, ToolServer], built_in: Mapping[str, BuiltInServer]) -> None:
        self.declared = dict(declared)
        self._built_in = dict(built_in)
        self._offered_to: dict[str, OfferedTo] = {}
        self._conversations: dict[tuple[str, str], Conversation] = {}
        self._credentials: dict[str, Secret | None] = {}
        self._opening = asyncio.Lock()

    def register(self, name: str, server: ToolServer, answering: BuiltInServer, offered_to: OfferedTo | None = None) -> None:
        """Have another one, which nobody has to declare; `answering` is who is asked, in its `builtin`'s name, and
        `offered_to` says which of its tools a job is offered, None for all."""
        if server.builtin is None:
            raise ValueError(f"the tool server {name} is not a built-in one")
        self.declared[name] = server
        self._built_in[server.builtin] = answering
        if offered_to is not None:
            self._offered_to[name] = offered_to

    async def close(self) -> None:
        conversations, self._conversations = self._conversations, {}
        await asyncio.gather(*(one.close() for one in conversations.values()))

    def credential_of(self, name: str, *, anew: bool = False) -> Secret | None:
        """The server's credential, `anew` as it is set now; None for one that needs none, or has none."""
        variable = self.declared[name].credential
        if variable is not None and (anew or self._credentials.get(name) is None):
            self._credentials[name] = named_in_environment(variable)
        return self._credentials.get(name)

    async def tools_for(self, job_id: str, name: str, *, may_change: bool) -> list[Tool]:
        """What a job is offered of a declared server. Raises ServerProblem."""
        server = self.declared[name]
        listed = await self.listed(job_id, name)
        names = server.offers(may_change=may_change)
        if server.builtin is not None and not server.tools:
            changes = CHANGING_OF_BUILT_INS.get(server.builtin, ())
            reading = (str(tool["name"]) for tool in listed if tool["name"] not in changes)
            names = (*reading, *names)
        if name in self._offered_to:
            offered_now = await self._offered_to[name](job_id)
            names = tuple(tool for tool in names if tool in offered_now)
        tools = offered(listed, names, self._redactor(name), changing=server.changing)
        if not tools:
            lacking = ", ".join(missing(listed, names))
            raise ServerProblem(f"it has no tool {lacking}" if lacking else "it has no tool for this job")
        return tools

    async def listed(self, job_id: str, name: str) -> Sequence[Tool]:
        """All that a server lists. Raises ServerProblem."""
        if (built_in := self._built_in_of(name)) is not None:
            return built_in.tools()
        conversation = await self._conversation(job_id, name)
        try:
            return await conversation.tools()
        except ServerProblem:
            await self._drop(job_id, name, conversation)
            raise

    async def call(self, place: Place, name: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """MCP's result as plain JSON. Raises ServerProblem. A call that may have done something is never made twice."""
        if (built_in := self._built_in_of(name)) is not None:
            return await self._within_time(name, built_in.call(place, tool, arguments))
        try:
            return await self._call_once(place.job_id, name, tool, arguments)
        except SessionLost:
            return await self._call_once(place.job_id, name, tool, arguments)

    def shows_pages(self, name: str) -> bool:
        """Whether its answers are what people write and read, and not code."""
        return self.declared[name].builtin is None

    async def _call_once(self, job_id: str, name: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        conversation = await self._conversation(job_id, name)
        try:
            return await conversation.call(tool, arguments)
        except ServerProblem:
            if conversation.broken:
                await self._drop(job_id, name, conversation)
            raise

    async def _within_time(self, name: str, call: Any) -> dict[str, Any]:
        seconds = self.declared[name].seconds
        try:
            async with asyncio.timeout(seconds):
                result: dict[str, Any] = await call
                return result
        except TimeoutError as problem:
            raise ServerProblem(f"it gave no answer in {seconds:g} s") from problem

    def _built_in_of(self, name: str) -> BuiltInServer | None:
        kind = self.declared[name].builtin
        return None if kind is None else self._built_in[kind]

    def _redactor(self, name: str) -> Redactor:
        secret = self.credential_of(name)
        return Redactor([secret] if secret is not None else [])

    async def _conversation(self, job_id: str, name: str) -> Conversation:
        async with self._opening:
            key = (job_id, name)
            found = self._conversations.get(key)
            if found is not None and not found.over:
                return found
            self._conversations = {key: one for key, one in self._conversations.items() if not one.over}
            if len(self._conversations) >= MOST_CONVERSATIONS:
                raise ServerProblem("too many conversations with tool servers are open just now")
            server = self.declared[name]
            if server.credential is not None and self.credential_of(name) is None:
                raise ServerProblem(f"{server.credential} is not set", refused=True)
            conversation_kind = await asyncio.to_thread(_load)
            begun = conversation_kind(server, lambda: self.credential_of(name, anew=True))
            self._conversations[key] = begun
            return begun

    async def _drop(self, job_id: str, name: str, conversation: Conversation) -> None:
        if self._conversations.get((job_id, name)) is conversation:
            del self._conversations[job_id, name]
        await conversation.close()


def _load() -> type[Conversation]:
    with loading():
        from github_app.gateway.tools.upstream import Conversation
    return Conversation
