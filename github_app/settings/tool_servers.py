"""The tool servers that the operator declares: a table each in mcp.toml, read strictly. Pure.

A server is reached by Harvest alone, with a credential that is named here and stands elsewhere. What a repository's jobs get
of it is what is declared here, and no more.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from github_app.settings.repository import ToolServerName
from github_app.settings.wrong_values import told
from sandbox.browser import NAME as BROWSER

# In the state directory, unless HARVEST_MCP says otherwise.
DEFAULT_FILE = "mcp.toml"
MAX_BYTES = 256 * 1024
MAX_SERVERS = 30

# The server that every job has, and nobody declares.
OWN = "harvest"
BuiltIn = Literal["github", "gemini", "harvest"]
BUILT_INS: tuple[BuiltIn, ...] = tuple(kind for kind in get_args(BuiltIn) if kind != OWN)

# What a server is, beside its tools: from a `linear` one Harvest brings in the issues that a request names.
Kind = Literal["linear"]
# https://linear.app/docs/teams: what the keys of a team's issues begin with.
TeamKey = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,6}$")]
# What is told in such an issue: that work began, that its pull request was opened, that it was merged.
Moment = Literal["start", "opened", "merged"]

# https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names
ToolName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
VariableName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
HeaderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+$", max_length=100)]
RepositoryPattern = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._*?-]+/[A-Za-z0-9._*?-]+$", max_length=200)]

# The tools of a built-in server that change something: they have to be named, and as `changing`.
CHANGING_OF_BUILT_INS: Mapping[str, tuple[str, ...]] = {
    "github": ("add_issue_comment", "create_issue", "add_labels", "add_sub_issue"),
}

# What a built-in server has of these keys without being told: a model may think for minutes, and costs something each time.
OF_BUILT_INS: Mapping[str, Mapping[str, Any]] = {"gemini": {"calls": 20, "seconds": 180.0}}

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServersUnusable(Exception):
    """The file can't be used; the message has one line for each problem, naming the server."""


class ToolServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One server. `url` speaks streamable HTTP, or `builtin` names a server of Harvest's own. `credential` is the environment
    variable that holds the key, sent as a bearer, or as it is in the `header` named. Of its tools those in `tools` are
    offered, and those in `changing` besides, but not to jobs that only read. `repositories` are patterns of `owner/name`. A
    job may make `calls` calls, each of which may take `seconds` and counts as `dollars` of the job's budgets. Of a `kind` that
    Harvest knows it uses tools itself: of Linear, it brings in issues of these `teams`, and tells there what `tell` says.
    """

    url: Annotated[str, Meta(max_length=2_000)] = ""
    builtin: BuiltIn | None = None
    credential: VariableName | None = None
    header: HeaderName | None = None
    tools: Annotated[tuple[ToolName, ...], Meta(max_length=40)] = ()
    changing: Annotated[tuple[ToolName, ...], Meta(max_length=40)] = ()
    repositories: Annotated[tuple[RepositoryPattern, ...], Meta(min_length=1, max_length=1_000)] = ("*/*",)
    calls: Annotated[int, Meta(gt=0, le=10_000)] = 100
    seconds: Annotated[float, Meta(gt=0, le=600)] = 60.0
    dollars: Annotated[float, Meta(ge=0, le=100)] = 0.0
    kind: Kind | None = None
    teams: Annotated[tuple[TeamKey, ...], Meta(max_length=100)] = ()
    tell: Annotated[tuple[Moment, ...], Meta(max_length=3)] = ()

    def serves(self, repository: str) -> bool:
        """Whether jobs of that repository (`owner/name`) may be given it. GitHub's names have no case."""
        return any(fnmatchcase(repository.lower(), pattern.lower()) for pattern in self.repositories)

    def offers(self, *, may_change: bool) -> tuple[str, ...]:
        """The tools that a job may be given, in the order of the file; none stands for all of a built-in server's."""
        return (*self.tools, *(self.changing if may_change else ()))

    @property
    def microdollars(self) -> int:
        """What a call counts as, in millionths of a dollar."""
        return round(self.dollars * 1_000_000)


def read_tool_servers(content: bytes) -> dict[str, ToolServer]:
    """The servers in the file, by their names. Raises ServersUnusable: then none of them counts."""
    if len(content) > MAX_BYTES:
        raise ServersUnusable(f"it is larger than {MAX_BYTES // 1024} KiB")
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ServersUnusable(f"it is not TOML: {error}") from None
    if len(document) > MAX_SERVERS:
        raise ServersUnusable(f"it declares more than {MAX_SERVERS} servers")
    servers: dict[str, ToolServer] = {}
    problems: list[str] = []
    for name, table in document.items():
        try:
            msgspec.convert(name, ToolServerName)
        except msgspec.ValidationError:
            problems.append(f"{name[:60]!r} is not a server's name: it has small letters, digits and single -, at most 30")
            continue
        if name == OWN:
            problems.append(f"{OWN}: this is the name of Harvest's own server, which every job has; take another one")
            continue
        if name == BROWSER:
            problems.append(f"{BROWSER}: this is the name of the browser in the sandbox; take another one")
            continue
        try:
            servers[name] = _server(table)
        except ServersUnusable as problem:
            problems.append(f"{name}: {problem}")
    if problems:
        raise ServersUnusable("\n".join(problems))
    return servers


def _server(table: Any) -> ToolServer:
    if not isinstance(table, dict):
        raise ServersUnusable("it is a value, and has to be a table of keys")
    known = ToolServer.__struct_fields__
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key[:40], known, n=1)
            raise ServersUnusable(f"there is no key {key[:80]!r}" + (f" (did you mean {near[0]}?)" if near else ""))
    try:
        server = msgspec.convert({**OF_BUILT_INS.get(str(table.get("builtin")), {}), **table}, ToolServer)
    except msgspec.ValidationError as error:
        raise ServersUnusable(told(str(error))) from None
    if problem := _problem_of(server):
        raise ServersUnusable(problem)
    return server


def _problem_of(server: ToolServer) -> str | None:
    if bool(server.url) == (server.builtin is not None) or server.builtin == OWN:
        return f"it needs either url, or builtin (one of {', '.join(BUILT_INS)})"
    if twice := sorted({name for name in server.offers(may_change=True) if server.offers(may_change=True).count(name) > 1}):
        return f"tools and changing name {', '.join(twice)} more than once"
    if server.builtin is not None:
        paid = ("dollars",) if server.builtin == "gemini" else ()
        may_change = CHANGING_OF_BUILT_INS.get(server.builtin, ())
        if mixed := [name for name in server.tools if name in may_change]:
            return f"tools: {', '.join(mixed)} changes something, and is named in changing"
        if may_change and (unknown := [name for name in server.changing if name not in may_change]):
            return f"changing: {', '.join(unknown)} is none of {', '.join(may_change)}"
        no_changing = () if may_change else ("changing",)
        others = ("credential", "header", *no_changing, "kind", "teams", "tell", *paid)
        without = [key for key in others if getattr(server, key)]
        return f"a built-in server has no {' and no '.join(without)}" if without else None
    if problem := _problem_of_kind(server):
        return problem
    if not server.tools and not server.changing:
        return "tools: name those that jobs may use; the more there are, the more each turn of the model costs"
    if server.header is not None and server.credential is None:
        return "header: it says how a credential is sent, and there is none"
    return _problem_of_url(server.url, secret=server.credential is not None)


def _problem_of_kind(server: ToolServer) -> str | None:
    if server.kind is None:
        alone = [key for key in ("teams", "tell") if getattr(server, key)]
        return f'{" and ".join(alone)}: only a server of kind = "linear" has that' if alone else None
    if not server.teams:
        return 'teams: name those whose issues are brought in, by what their keys begin with: ["ENG"]'
    return None


def _problem_of_url(url: str, *, secret: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "url: it is not a URL"
    if parts.scheme not in ("https", "http") or not host:
        return "url: it has to start with https:// (or http://)"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "url: a user, a password and a fragment have no place in it: name the key's variable as credential"
    if secret and parts.scheme == "http" and host not in LOOPBACK:
        return "url: a credential is sent by https:// alone, unless the server is on this machine"
    return None
