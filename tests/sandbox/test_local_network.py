"""The network of an isolated local sandbox: what an agent reaches from it, tried as a hijacked one would."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.egress.proxy import is_of_this_machine
from sandbox.local import LocalBackend, network, reaper
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import ANYTHING, Egress, SandboxSpec
from tests.waiting import until

OF_THE_HOST = "a secret of this machine's"
# Sends each text of a list to the proxy as it stands, and prints the first line of each answer, or nothing.
SEND = f"""
import json, socket, sys
for text in json.load(sys.stdin):
    with socket.create_connection(("127.0.0.1", {network.PROXY_ADDRESS.rpartition(":")[2]})) as proxy:
        proxy.settimeout(20)
        proxy.sendall(text.encode())
        answer = b""
        while chunk := proxy.recv(65536):
            answer += chunk
            if answer.startswith(b"HTTP/1.1 200 Connection"):
                break
    print(json.dumps(answer.decode()))
"""


@dataclass
class HostServer:
    """An HTTP server on this machine's loopback, as a database or another session's development server; `got` is what came."""

    port: int = 0
    got: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.read(65536)).decode()
        self.got.append(head)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(f"{len(OF_THE_HOST) + 1:x}\r\n{OF_THE_HOST}\n\r\n".encode())
        await writer.drain()
        if "/stream" in head:
            await self.go_on.wait()
        writer.write(b"4\r\nend\n\r\n0\r\n\r\n")
        writer.close()


@pytest.fixture
async def host() -> AsyncIterator[HostServer]:
    served = HostServer()
    async with await asyncio.start_server(served.answer, "127.0.0.1", 0) as server:
        served.port = server.sockets[0].getsockname()[1]
        yield served


async def made(backend: LocalBackend, egress: Egress) -> LocalSandbox:
    return await backend.create(SandboxSpec(name="job-1", session="issue-7", egress=egress))


async def shell(sandbox: LocalSandbox, script: str) -> str:
    done = await sandbox.run(["sh", "-c", script])
    return (done.stdout + done.stderr).decode().strip()


async def sent(sandbox: LocalSandbox, *texts: str) -> list[str]:
    """What the proxy answers to each."""
    done = await sandbox.run(["python3", "-c", SEND], stdin=json.dumps(texts).encode())
    assert done.exit_code == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def get(url: str, *headers: str) -> str:
    return "\r\n".join([f"GET {url} HTTP/1.1", *(headers or ("Host: a.dev",)), "", ""])


def connect(authority: str) -> str:
    return f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"


FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())"


@pytest.mark.parametrize("egress", [ANYTHING, Egress(("a.dev",))], ids=["open", "limited"])
async def test_a_session_reaches_no_service_of_this_machine_or_of_another_session(
    isolated_backend: LocalBackend, host: HostServer, egress: Egress
) -> None:
    other = await isolated_backend.create(SandboxSpec(name="job-2", session="issue-8"))
    server = await other.start(["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"])
    port = (await anext(aiter(server.stdout))).split()[5].decode()
    sandbox = await made(isolated_backend, egress)

    for there in (host.port, port):
        script = f"import socket; socket.create_connection(('127.0.0.1', {there}), 5)"
        assert (await sandbox.run(["python3", "-c", script])).exit_code != 0

    assert host.got == []
    await server.kill()


async def test_a_server_and_its_client_in_one_sandbox_reach_each_other(isolated: LocalSandbox) -> None:
    script = f"""
echo mine > index.html
touch /tmp/server
python3 -u -m http.server --bind 127.0.0.1 0 > /tmp/server 2>/dev/null &
until grep -q Serving /tmp/server; do sleep 0.01; done
python3 -c "{FETCH}" "http://127.0.0.1:$(cut -d' ' -f6 /tmp/server)/index.html"
"""
    assert await shell(isolated, script) == "mine"


@pytest.mark.parametrize("egress", [ANYTHING, Egress(("127.0.0.0x1", "*.internal"))], ids=["open", "limited"])
async def test_no_way_of_writing_it_leads_to_this_machine_or_its_metadata(
    isolated_backend: LocalBackend, host: HostServer, egress: Egress
) -> None:
    ways = [
        "127.0.0.1",
        "localhost",
        "127.0.0.0x1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104 - asked for, not bound
        "0",
        "[::1]",
    ]
    ways += ["[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1%25lo]", "a.dev@127.0.0.1"]
    ways += ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "10.0.0.1"]
    texts = [text for way in ways for text in (connect(f"{way}:{host.port}"), get(f"http://{way}:{host.port}/"))]
    texts += [connect("127.0.0.0x1:443"), get("/", f"Host: 127.0.0.1:{host.port}")]
    sandbox = await made(isolated_backend, egress)

    answers = await sent(sandbox, *texts)

    for text, answer in zip(texts, answers, strict=True):
        assert answer.split()[1] in ("400", "403"), (text, answer)
    assert "its address (127.0.0.1) is on this machine" in answers[-2], "a name counts for where it leads"
    assert host.got == []


async def test_this_machines_own_public_addresses_are_known() -> None:
    import ipaddress

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        try:
            looking.connect(("198.51.100.7", 9))
        except OSError:
            pytest.skip("this machine is on no network")
        own = looking.getsockname()[0]

    assert is_of_this_machine(ipaddress.ip_address(own))
    assert not is_of_this_machine(ipaddress.ip_address("198.51.100.7"))


async def test_what_no_job_can_do_without_is_reached_at_its_own_address_and_below_its_path_alone(
    isolated_backend: LocalBackend, host: HostServer
) -> None:
    sandbox = await made(isolated_backend, Egress((), (f"{host.url}/llm",)))

    assert OF_THE_HOST in await shell(sandbox, f'python3 -c "{FETCH}" {host.url}/llm/v1/messages')
    (through,) = await sent(sandbox, get(f"{host.url}/llm/v1/messages?beta=true", "Host: evil.dev"))
    assert OF_THE_HOST in through
    assert [head.splitlines()[:2] for head in host.got] == [
        ["GET /llm/v1/messages HTTP/1.1", f"host: 127.0.0.1:{host.port}"],
        ["GET /llm/v1/messages?beta=true HTTP/1.1", f"host: 127.0.0.1:{host.port}"],
    ]

    host.got.clear()
    paths = [
        "/",
        "/metrics",
        "/llmx",
        "/llm/../metrics",
        "/llm/%2e%2e/metrics",
        "/llm/%252e%252e/metrics",
        "/llm/..%5cmetrics",
    ]
    paths += ["//llm/v1", "/llm/..", "/LLM/v1", "/%6clm/..//metrics"]
    refused = [get(f"{host.url}{path}") for path in paths] + [connect(f"127.0.0.1:{host.port}")]
    refused += [get("/metrics", f"Host: 127.0.0.1:{host.port}"), get("/llm/v1", f"Host: 127.0.0.1:{host.port + 1}")]
    refused += [get("/llm/v1", f"Host: 127.0.0.1:{host.port}", f"Host: 127.0.0.1:{host.port}")]
    answers = await sent(sandbox, *refused)

    assert {answer.split()[1] for answer in answers} <= {"400", "403"}
    assert host.got == []


async def test_nothing_is_smuggled_behind_a_request_that_was_looked_at(
    isolated_backend: LocalBackend, host: HostServer
) -> None:
    sandbox = await made(isolated_backend, Egress((), (f"{host.url}/llm",)))
    at = f"Host: 127.0.0.1:{host.port}"
    second = get("/metrics", at)
    length = len(second)
    smuggled = [
        get("/llm/1", at) + second,
        f"POST /llm/2 HTTP/1.1\r\n{at}\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{second}",
        f"POST /llm/3 HTTP/1.1\r\n{at}\r\nTransfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{second}",
        f"POST /llm/4 HTTP/1.1\r\n{at}\r\nContent-Length: 0\r\nContent-Length: {length}\r\n\r\n{second}",
        f"GET /llm/5 HTTP/1.1\r\n{at}\r\nX: a\n\n{second}",
        f"GET /llm/6 HTTP/1.1\r\n{at}\r\nConnection: upgrade, x-secret\r\nUpgrade: websocket\r\nX-Secret: 1\r\n\r\n{second}",
        f"GET /llm/7 HTTP/1.1\r\n{at}\r\nX : a\r\n\r\n{second}",
    ]
    await sent(sandbox, *smuggled)

    assert [head for head in host.got if "metrics" in head or "upgrade" in head.lower() or "x-secret" in head] == []
    assert len(host.got) >= 2


async def test_an_answer_is_passed_on_as_it_comes(isolated_backend: LocalBackend, host: HostServer) -> None:
    sandbox = await made(isolated_backend, Egress((), (host.url,)))
    script = (
        "import sys, urllib.request\nfor line in urllib.request.urlopen(sys.argv[1]): print(line.decode(), end='', flush=True)"
    )
    process = await sandbox.start(["python3", "-c", script, f"{host.url}/stream"])

    lines = aiter(process.stdout)
    assert (await anext(lines)).decode() == f"{OF_THE_HOST}\n"
    host.go_on.set()
    assert await anext(lines) == b"end\n"
    await process.kill()


async def test_an_address_that_the_operator_named_is_reached(isolated_backend: LocalBackend, host: HostServer) -> None:
    sandbox = await made(isolated_backend, Egress((), (), ("127.0.0.1",)))

    (answer,) = await sent(sandbox, connect(f"127.0.0.1:{host.port}"))
    assert answer.split()[1] == "200"


async def test_a_name_is_reached_on_the_port_of_tls_alone(isolated_backend: LocalBackend) -> None:
    sandbox = await made(isolated_backend, Egress(("a.invalid", "*.b.invalid")))
    asked = ["a.invalid:443", "x.b.invalid:443", "a.invalid:22", "a.invalid:80", "b.invalid:443", "xa.invalid:443"]

    answers = await sent(sandbox, *map(connect, asked), get("http://a.invalid/"))

    # Nobody's, so it is let through and leads nowhere.
    assert [answer.split()[1] for answer in answers] == ["502", "502", "403", "403", "403", "403", "403"]
    assert answers[2].startswith("HTTP/1.1 403 Blocked by the egress limit\r\n")


async def test_what_is_allowed_later_counts_for_what_runs_already(isolated_backend: LocalBackend, host: HostServer) -> None:
    sandbox = await made(isolated_backend, Egress(()))
    script = f"""
import socket
said = ""
while said != "200":
    with socket.create_connection(("127.0.0.1", {network.PROXY_ADDRESS.rpartition(":")[2]})) as proxy:
        proxy.sendall({connect(f"127.0.0.1:{host.port}").encode()!r})
        now = proxy.recv(65536).split()[1].decode()
    if now != said:
        print(now, flush=True)
    said = now
"""
    process = await sandbox.start(["python3", "-c", script])

    lines = aiter(process.stdout)
    assert await anext(lines) == b"403\n"
    await sandbox.set_egress(Egress((), (), ("127.0.0.1",)))
    assert await anext(lines) == b"200\n"
    await process.kill()


async def test_a_proxy_that_died_is_there_again_for_the_next_command(isolated_backend: LocalBackend, host: HostServer) -> None:
    sandbox = await made(isolated_backend, Egress((), (host.url,)))
    mark = network.proxy_mark(sandbox.id)

    def killed() -> bool:
        """Both, the proxy and what keeps its time, however late the other one began."""
        found = reaper.find(mark)
        for entry in found:
            with suppress(ProcessLookupError):
                os.kill(entry.pid, signal.SIGKILL)
        return not found

    await until(killed, "the proxy to be gone")

    again = await isolated_backend.attach(sandbox.id)
    assert OF_THE_HOST in await shell(again, f'python3 -c "{FETCH}" {host.url}/')


async def test_a_sandbox_has_one_proxy_that_ends_with_it_and_knows_no_secret(
    isolated_backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "of Harvest alone")
    sandbox = await made(isolated_backend, ANYTHING)
    await asyncio.gather(*(sandbox.run(["true"]) for _ in range(3)))

    proxies = reaper.find(network.proxy_mark(sandbox.id))
    assert len(proxies) == 2, "the proxy, and what keeps its time"
    shown = [Path(f"/proc/{entry.pid}/{what}") for entry in proxies for what in ("environ", "cmdline")]
    assert not any(b"GITHUB" in path.read_bytes() for path in shown)

    await sandbox.terminate()
    assert reaper.find(network.proxy_mark(sandbox.id)) == []


async def test_abstract_sockets_and_other_processes_of_this_machine_are_out_of_reach(isolated: LocalSandbox) -> None:
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0harvest-test-of-the-host")
        abstract.listen()
        script = "import socket; socket.socket(socket.AF_UNIX).connect('\\0harvest-test-of-the-host')"
        assert (await isolated.run(["python3", "-c", script])).exit_code != 0
    assert f"/{os.getpid()}/" not in await shell(isolated, "ls -d /proc/*/root/")

    async def shown() -> bool:
        return await shell(isolated, "ls /run/harvest") == "proxy"

    await until(shown, "the proxy, and nothing beside it")  # it starts beside the first commands
    assert (await isolated.run(["rm", "/run/harvest/proxy"])).exit_code != 0
