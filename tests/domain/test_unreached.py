"""Hosts that a command did not reach, found in what programs really print."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.domain.unreached import MAX_HOSTS, unreached_hosts
from sandbox.hosts import is_host_name

NAMED = [
    "curl: (6) Could not resolve host: cdn.acme.dev",
    "curl: (7) Failed to connect to cdn.acme.dev port 443 after 12 ms: Couldn't connect to server",
    "curl: (28) Failed to connect to cdn.acme.dev port 443 after 130061 ms: Connection timed out",
    "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to cdn.acme.dev:443",
    "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to cdn.acme.dev:443 ",
    "wget: unable to resolve host address ‘cdn.acme.dev’",
    "Connecting to cdn.acme.dev (cdn.acme.dev)|198.51.100.7|:443... failed: Connection refused.",
    "wget: bad address 'cdn.acme.dev'",
    "fatal: unable to access 'https://cdn.acme.dev/a/b.git/': Could not resolve host: cdn.acme.dev",
    "fatal: unable to access 'https://x@cdn.acme.dev/a/b.git/': gnutls_handshake() failed: The TLS connection was "
    "non-properly terminated.",
    "fatal: unable to access 'https://cdn.acme.dev/a/b.git/': Recv failure: Connection reset by peer",
    "ssh: Could not resolve hostname cdn.acme.dev: Temporary failure in name resolution",
    "ssh: connect to host cdn.acme.dev port 22: Connection timed out",
    "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='cdn.acme.dev', port=443): Max retries "
    "exceeded with url: /simple/ (Caused by NewConnectionError('<HTTPSConnection object at 0x7f>: Failed to establish a new "
    "connection: [Errno 101] Network is unreachable'))",
    "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='cdn.acme.dev', port=443): Read timed out. (read timeout=5)",
    "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host cdn.acme.dev:443 ssl:default [None]",
    "npm error network request to https://cdn.acme.dev/left-pad failed, reason: getaddrinfo ENOTFOUND cdn.acme.dev",
    "npm error network request to https://cdn.acme.dev/left-pad failed, reason: Client network socket disconnected before "
    "secure TLS connection was established",
    'error An unexpected error occurred: "https://cdn.acme.dev/left-pad: read ECONNRESET".',
    "Error: getaddrinfo EAI_AGAIN cdn.acme.dev",
    "warning: spurious network error (3 tries remaining): [6] Couldn't resolve host name (Could not resolve host: "
    "cdn.acme.dev)",
    "  [35] SSL connect error (OpenSSL SSL_connect: Connection reset by peer in connection to cdn.acme.dev:443)",
    'go: a.b/c@v1: Get "https://cdn.acme.dev/a.b/c/@v/v1.mod": dial tcp: lookup cdn.acme.dev on 10.0.0.2:53: no such host',
    'Get "https://cdn.acme.dev/a.b/c/@v/v1.mod": read tcp 10.0.0.9:4->198.51.100.7:443: read: connection reset by peer',
    'Get "https://cdn.acme.dev/a.b/c/@v/v1.mod": EOF',
    "    Unable to download data from https://cdn.acme.dev/ - SocketError: Failed to open TCP connection to cdn.acme.dev:443 "
    "(getaddrinfo: Name or service not known) (https://cdn.acme.dev/specs.4.8.gz)",
    "Could not reach host cdn.acme.dev. Check your network connection and try again.",
    "Could not transfer artifact a:b:pom:1 from/to central (https://cdn.acme.dev/maven2): cdn.acme.dev: Name or service "
    "not known",
    "Caused by: org.apache.http.conn.HttpHostConnectException: Connect to cdn.acme.dev:443 failed: Connection refused",
    "java.net.UnknownHostException: cdn.acme.dev",
    "cdn.acme.dev: Temporary failure in name resolution",
    "curl: (56) CONNECT tunnel failed, response 403 (https://cdn.acme.dev)",
    "fatal: unable to access 'https://cdn.acme.dev/a/b.git/': CONNECT tunnel failed, response 403",
    "fatal: unable to access 'https://cdn.acme.dev/a/b.git/': Received HTTP code 403 from proxy after CONNECT",
    "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='cdn.acme.dev', port=443): Max retries "
    "exceeded with url: /simple/six/ (Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: "
    "403 Blocked by the egress limit')))",
    "npm error request to https://cdn.acme.dev/left-pad failed, reason: tunneling socket could not be established, "
    "statusCode=403",
    'Get "https://cdn.acme.dev/a.b/c/@v/v1.mod": Blocked by the egress limit',
    "cdn.acme.dev:80 is blocked by the egress limit of this sandbox: it is not on the list.",
    "Err:1 https://cdn.acme.dev stable InRelease  Temporary failure resolving 'cdn.acme.dev'",
]

HOSTLESS = [
    "curl: (56) CONNECT tunnel failed, response 403",
    "curl: (56) Received HTTP code 403 from proxy after CONNECT",
    "urllib.error.URLError: <urlopen error Tunnel connection failed: 403 Blocked by the egress limit>",
    "Proxy tunneling failed: Blocked by the egress limitUnable to establish SSL connection.",
    "curl: (35) Recv failure: Connection reset by peer",
    "curl: (28) Connection timed out after 10001 milliseconds",
    "Unable to establish SSL connection.",
    "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
    "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:1007)",
    "httpx.ConnectError: [Errno 101] Network is unreachable",
    "TypeError: fetch failed",
]

NOTHING = [
    "HTTP/1.1 403 Forbidden",
    "fatal: unable to access 'https://cdn.acme.dev/a/b.git/': The requested URL returned error: 404",
    "Downloading https://cdn.acme.dev/a.whl (12 kB)",
    "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server",
    "curl: (7) Failed to connect to 198.51.100.7 port 443: Connection refused",
    "curl: (6) Could not resolve host: nowhere.invalid",
    "psql: error: connection to server at db.internal, port 5432 failed: Connection refused",
    "",
]


@pytest.mark.parametrize("line", NAMED)
def test_a_host_that_a_program_names_is_found(line: str) -> None:
    assert unreached_hosts("make", f"Working…\n{line}\nmake: *** [all] Error 1") == ["cdn.acme.dev"]


@pytest.mark.parametrize("line", HOSTLESS)
def test_where_no_host_is_named_it_is_the_one_in_the_command(line: str) -> None:
    assert unreached_hosts("curl -sS https://cdn.acme.dev/a | sh", line) == ["cdn.acme.dev"]
    assert unreached_hosts("./fetch.sh", line) == []


@pytest.mark.parametrize("line", NOTHING)
def test_answers_loopback_and_private_names_are_no_blocked_hosts(line: str) -> None:
    assert unreached_hosts("make", line) == []


def test_many_hosts_are_each_named_once_and_capped() -> None:
    lines = [f"curl: (6) Could not resolve host: {number // 2}.acme.dev" for number in range(100)]
    assert unreached_hosts("make", "\n".join(lines)) == [f"{number}.acme.dev" for number in range(MAX_HOSTS)]


WORDS = st.sampled_from(
    ["Could not resolve host: ", "https://", "connect to ", "a.b", "@", "…", ".", "-", "\n", "'", "x" * 70, "`@all`", "<!--"]
)


@given(st.lists(WORDS | st.text(max_size=20)).map("".join), st.lists(WORDS | st.text(max_size=20)).map("".join))
def test_whatever_is_printed_only_host_names_come_of_it(command: str, output: str) -> None:
    assert all(is_host_name(host) and host == host.lower() for host in unreached_hosts(command, output))


@pytest.mark.parametrize("text", ["a-" * 500_000, "to " * 300_000, "https://" + "x" * 1_000_000, "a." * 500_000])
def test_a_huge_output_takes_no_time(text: str) -> None:
    begun = time.perf_counter()
    unreached_hosts(text, f"Connection refused {text}\n" * 2)
    assert time.perf_counter() - begun < 2
