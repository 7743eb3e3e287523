"""Which hosts a command did not reach, by what it printed. Pure.

Modal refuses connections without telling anybody, so the only trace of one is the error of the program that wanted it; the
local sandbox's proxy says in its answer that it refused, which programs repeat each in its own way. The
output is hostile, and an honest one may be wrong: what is found here is told to people, and nothing is decided by it.
"""

from __future__ import annotations

import re

from sandbox.hosts import is_host_name

# Errors stand at an output's end, and hosts near their line's beginning.
MAX_OUTPUT_CHARACTERS = 64 * 1024
MAX_LINE_CHARACTERS = 1000
MAX_HOSTS = 20

# Names that are nobody's on the public network. https://www.rfc-editor.org/rfc/rfc6761, rfc6762, rfc8375
PRIVATE_ENDS = (".example", ".internal", ".invalid", ".local", ".localhost", ".test", ".home.arpa")

# What programs say when a connection did not come about or was cut before anything was said on it: curl and what is built on
# it (git, cargo), wget, OpenSSH, Python (pip, requests, aiohttp), Node (npm, yarn), Go, Ruby, Java. The last two lines are
# about a proxy that refused.
FAILED = re.compile(
    r"""
      could\ (?:not|n't)\ resolve | unable\ to\ resolve | failure\ resolving | bad\ address
    | failure\ in\ name\ resolution | (?:name\ or\ service|nodename\ nor\ servname).*not\ known | no\ such\ host
    | getaddrinfo | ENOTFOUND | EAI_AGAIN | UnknownHost
    | (?:failed|unable|could\ not|couldn't|cannot|can't)\ (?:to\ )?connect | could\ not\ reach\ host
    | failed\ to\ (?:establish\ a\ new|open\ TCP)\ connection | connect(?:ion)?(?:\ to\ \S+)?\ (?:failed|timeout)
    | connection\ (?:\S+\ )?(?:refused|reset|aborted|timed\ out|closed\ by|was\ closed)
    | E(?:CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH) | network\ is\ unreachable | no\ route\ to\ host
    | (?:connect|read|operation|i/o)\ tim(?:ed\ out|eout) | max\ retries\ exceeded | fetch\ failed
    | socket\ disconnected\ before | socket\ hang\ up
    | SSL_ERROR_SYSCALL | handshake\W*\ (?:failed|failure|timeout) | unable\ to\ establish\ SSL | non-properly\ terminated
    | SSL_connect | unexpected\ (?:eof|message) | EOF\ occurred\ in\ violation | :\ EOF$
    | :\d+\.\.\.\ failed:
    | CONNECT\ tunnel\ failed | from\ proxy\ after\ CONNECT | tunnel\ connection\ failed | tunnel(?:ing)?\ socket\ could\ not
    | net::ERR_[A-Z_]{1,60} | proxy\ tunneling\ failed | proxy\ response | blocked\ by\ the\ egress\ limit
    """,
    re.VERBOSE | re.IGNORECASE,
)

_HOST = r"(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)+)"
_URL = r"(?:https?|ssh)://(?:[^\s/@'\"]{0,200}@)?"
_WORDS = "host|hostname|address|resolve|resolving|to|lookup|ENOTFOUND|EAI_AGAIN|UnknownHostException"
# Where such a line names the host: in a URL, behind one of these words, or before the reason.
NAMED = re.compile(rf"(?:{_URL}|\b(?:{_WORDS})\b['\"]?[ :=]{{0,3}}['\"‘`(]?){_HOST}", re.IGNORECASE)
NAMED_FIRST = re.compile(
    rf"(?<![\w.-]){_HOST}(?:: (?:name or service not known|temporary failure in name)|:\d+ is blocked by the egress limit)",
    re.IGNORECASE,
)
# Where a command says what it wants to reach.
WANTED = re.compile(rf"(?:{_URL}|\bgit@){_HOST}", re.IGNORECASE)


def unreached_hosts(command: str, output: str) -> list[str]:
    """The hosts that the command tried in vain, each once, at most 20. Where its output names none, those in the command."""
    lines = [line[:MAX_LINE_CHARACTERS] for line in output[-MAX_OUTPUT_CHARACTERS:].splitlines()]
    failed = [line for line in lines if FAILED.search(line)]
    if not failed:
        return []
    named = [found["host"] for line in failed for place in (NAMED, NAMED_FIRST) for found in place.finditer(line)]
    wanted = [found["host"] for found in WANTED.finditer(command[:MAX_OUTPUT_CHARACTERS])]
    hosts = dict.fromkeys(name.lower() for name in named or wanted if is_public_host(name.lower()))
    return list(hosts)[:MAX_HOSTS]


def is_public_host(name: str) -> bool:
    return is_host_name(name) and not name.endswith(PRIVATE_ENDS)
