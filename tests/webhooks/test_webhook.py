"""The door of a running Harvest, knocked at by anybody: each answer is of the contract, says why, and repeats nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import resource
import socket
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.harvest_service import SCRIPTED_AGENT, HarvestService, running_harvest
from tests.sandboxes import how_isolated
from tests.waiting import wait_until
from tests.webhooks.github_shaped import EVERY, OF_NO_CONSEQUENCE

SECRET = "the webhook's secret"
OLD_SECRET = "the one before"
# What must never come back in an answer.
CANARY = "canary-in-the-payload"
MEGABYTE = 1024 * 1024
# What the service may have open, connections included.
FEW_FILES = 256

LABELLED: dict[str, Any] = {
    "action": "labeled",
    "label": {"name": "harvest"},
    "installation": {"id": 1},
    "repository": {"id": 2, "full_name": f"o/{CANARY}"},
    "sender": {"id": 3, "login": CANARY, "type": "User"},
    "issue": {"id": 4, "number": 5, "title": CANARY, "state": "open", "updated_at": "2026-11-22T10:00:00Z"},
}


@pytest.fixture(scope="module")
def harvest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HarvestService]:
    """A Harvest whose GitHub can't be reached: the door needs nobody."""
    folder = tmp_path_factory.mktemp("door")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    env = {
        "GITHUB_APP_ID": "7",
        "GITHUB_PRIVATE_KEY_PATH": str(folder / "key.pem"),
        "GITHUB_WEBHOOK_SECRET": f"{SECRET},{OLD_SECRET}",
        "GITHUB_API_URL": f"http://127.0.0.1:{closed_port()}",
        "ANTHROPIC_API_KEY": "not used here",
        "HARVEST_CLAUDE_PATH": str(SCRIPTED_AGENT),
        **how_isolated(folder),
    }
    with running_harvest(folder, env) as service:
        assert service.process is not None
        _, hard = resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (FEW_FILES, hard))
        yield service


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


def signed(body: bytes, secret: str = SECRET) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def send(
    harvest: HarvestService,
    body: bytes | dict[str, Any],
    *,
    event: str | None = "issues",
    signature: str | bytes | None = "right",
    content_type: str = "application/json",
    guid: str | None = None,
) -> httpx.Response:
    """One delivery; its answer has passed what holds for every answer of the door."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {b"content-type": content_type.encode(), b"x-github-delivery": (guid or str(uuid.uuid4())).encode()}
    if event is not None:
        headers[b"x-github-event"] = event.encode()
    if signature is not None:
        given = signed(raw) if signature == "right" else signature
        headers[b"x-hub-signature-256"] = given if isinstance(given, bytes) else given.encode()
    answer = httpx.post(harvest.webhook_url, content=raw, headers=headers, timeout=60, trust_env=False)
    return checked(answer)


def checked(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code in (202, 400, 401, 413, 415, 503), answer.text
    assert set(answer.json()) == {"status", "reason"}
    assert answer.json()["status"] == {202: answer.json()["status"]}.get(answer.status_code, "refused")
    assert CANARY not in answer.text
    return answer


def test_a_signed_delivery_is_stored_before_it_is_answered(harvest: HarvestService) -> None:
    guid = str(uuid.uuid4())
    answer = send(harvest, LABELLED, guid=guid)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "reason": "stored"})
    assert harvest.query("SELECT event FROM inbox WHERE delivery_id = ?", guid) == [("issues",)]


def test_the_same_delivery_again_is_known(harvest: HarvestService) -> None:
    body = {**LABELLED, "issue": {**LABELLED["issue"], "number": 77}}
    first, again = send(harvest, body, guid="the-same-delivery"), send(harvest, body, guid="the-same-delivery")
    other_id = send(harvest, body, guid="another-delivery-of-it")
    assert [one.json()["reason"] for one in (first, again, other_id)] == ["stored"] + 2 * [
        "already known: this was accepted before"
    ]


def test_the_secret_before_the_rotation_still_counts(harvest: HarvestService) -> None:
    body = json.dumps(LABELLED).encode()
    assert send(harvest, body, signature=signed(body, OLD_SECRET)).status_code == 202


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        "sha256=é".encode(),
        b"\xff\xfe" * 40,
        "sha256=" + "0" * 4000,
        signed(b"something else"),
        signed(json.dumps(LABELLED).encode(), "another secret"),
    ],
)
def test_what_is_not_rightly_signed_is_refused(harvest: HarvestService, signature: str | bytes | None) -> None:
    assert send(harvest, LABELLED, signature=signature).status_code == 401


def test_a_wrong_secret_leaves_a_line_and_many_leave_no_more(harvest: HarvestService) -> None:
    for _ in range(20):
        send(harvest, LABELLED, signature=signed(json.dumps(LABELLED).encode(), "not the App's"))
    said = [line for line in harvest.log().splitlines() if "GITHUB_WEBHOOK_SECRET" in line]
    assert 1 <= len(said) <= 3, "at most one a minute"
    assert json.loads(said[0])["level"] == "warning"
    assert "sha256=" not in "".join(said)


def test_more_half_open_connections_than_it_has_files_keep_nobody_out(harvest: HarvestService) -> None:
    address = httpx.URL(harvest.url)
    silent = [socket.create_connection((address.host, address.port or 80), timeout=60) for _ in range(FEW_FILES + 50)]
    try:
        for connection in silent:
            with suppress(OSError):  # the first have had to make way
                connection.sendall(b"POST /webhooks/github HT")
        assert httpx.get(f"{harvest.url}/healthz", trust_env=False, timeout=20).status_code == 200
        body = {**LABELLED, "issue": {**LABELLED["issue"], "number": 300}}
        assert send(harvest, body).json()["reason"] == "stored"
    finally:
        for connection in silent:
            connection.close()


def test_bodies_that_nobody_signed_take_so_much_memory_and_no_more(harvest: HarvestService) -> None:
    before = memory_of(harvest)
    address = httpx.URL(harvest.url)
    head = [
        "POST /webhooks/github HTTP/1.1",
        f"Host: {address.host}",
        "X-GitHub-Event: issues",
        "X-GitHub-Delivery: nobody-signed-this",
        "Content-Type: application/json",
        f"Content-Length: {24 * MEGABYTE}",
        f"X-Hub-Signature-256: sha256={'0' * 64}",
    ]
    senders = [socket.create_connection((address.host, address.port or 80), timeout=60) for _ in range(10)]
    try:
        for sender in senders:
            sender.sendall("\r\n".join([*head, "", ""]).encode() + b" " * (20 * MEGABYTE))
        body = {**LABELLED, "issue": {**LABELLED["issue"], "number": 301}}
        assert send(harvest, body).json()["reason"] == "stored"
        assert memory_of(harvest) - before < 130 * MEGABYTE
    finally:
        for sender in senders:
            sender.close()


def memory_of(harvest: HarvestService) -> int:
    """Bytes that the service holds."""
    assert harvest.process is not None
    status = Path(f"/proc/{harvest.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_26_mb_are_refused_before_they_are_read(harvest: HarvestService) -> None:
    """With the length declared, the answer comes although the body never does."""
    address = httpx.URL(harvest.url)
    with socket.create_connection((address.host, address.port or 80), timeout=20) as raw:
        head = [
            "POST /webhooks/github HTTP/1.1",
            f"Host: {address.host}",
            "X-GitHub-Event: issues",
            "X-GitHub-Delivery: declared-too-large",
            "Content-Type: application/json",
            f"Content-Length: {26 * MEGABYTE}",
        ]
        raw.sendall("\r\n".join([*head, "", ""]).encode())
        assert raw.recv(64).startswith(b"HTTP/1.1 413 ")


def test_26_mb_in_chunks_are_refused_at_the_cap(harvest: HarvestService) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(52):
            sent += MEGABYTE // 2
            yield b" " * (MEGABYTE // 2)

    headers = {
        "x-github-event": "issues",
        "x-github-delivery": "chunked-too-large",
        "content-type": "application/json",
        "x-hub-signature-256": "sha256=" + "0" * 64,
    }
    answer = httpx.post(harvest.webhook_url, content=chunks(), headers=headers, timeout=60, trust_env=False)
    assert checked(answer).status_code == 413


def test_24_mb_are_taken(harvest: HarvestService) -> None:
    body = json.dumps({**LABELLED, "action": "edited", "padding": "x" * (24 * MEGABYTE)}).encode()
    assert send(harvest, body).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"42",
        b"\xff\xfe\x00",
        b'{"action": 1}',
        b'{"issue": "canary-in-the-payload"}',
        b'{"installation": {"id": "canary-in-the-payload"}}',
        b"[" * 100_000,
        b'{"a":' * 5_000,
        b'{"installation": {"id": 1e400}}',
    ],
)
def test_what_is_no_payload_is_refused(harvest: HarvestService, body: bytes) -> None:
    assert send(harvest, body).status_code == 400


@pytest.mark.parametrize(
    ("event", "body", "reason"),
    [
        ("star", LABELLED, "star is not an event"),
        ("ping", {"zen": CANARY, "hook_id": 1}, "ping"),
        ("issues", {**LABELLED, "installation": None}, "no installation"),
        ("issues", {**LABELLED, "sender": None}, "no sender"),
        ("issues", {**LABELLED, "repository": None}, "no repository"),
        ("issues", {**LABELLED, "issue": None}, "no issue"),
        ("issues", {**LABELLED, "label": {"name": "bug"}}, "label is not harvest"),
        ("issue_comment", {**LABELLED, "action": "created"}, "no comment"),
        ("check_run", {**LABELLED, "action": "rerequested"}, "not one of Harvest's"),
        *((event, {**EVERY, **body}, reason) for event, body, reason in OF_NO_CONSEQUENCE),
    ],
)
def test_what_is_not_acted_on_is_ignored_with_a_reason(
    harvest: HarvestService, event: str, body: dict[str, Any], reason: str
) -> None:
    answer = send(harvest, body, event=event)
    assert (answer.status_code, answer.json()["status"]) == (202, "ignored")
    assert reason in answer.json()["reason"]


def test_a_form_body_is_read_as_well(harvest: HarvestService) -> None:
    body = urlencode({"payload": json.dumps({"zen": CANARY})}).encode()
    assert send(harvest, body, event="ping", content_type="application/x-www-form-urlencoded").status_code == 202
    for bad in (b"payload=%7B", b"nothing=here", b"", b"payload=1&payload=2", b"\xff=\xfe"):
        assert send(harvest, bad, content_type="application/x-www-form-urlencoded").status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", "", "application/jsonp"])
def test_another_content_type_is_refused(harvest: HarvestService, content_type: str) -> None:
    assert send(harvest, LABELLED, content_type=content_type).status_code == 415


@pytest.mark.parametrize("guid", ["short", "x" * 65, "../../etc/passwd-and", "with spaces in it"])
def test_a_delivery_id_that_is_none_is_refused(harvest: HarvestService, guid: str) -> None:
    assert send(harvest, LABELLED, guid=guid).status_code == 400


def test_a_request_without_an_event_is_no_webhook(harvest: HarvestService) -> None:
    assert send(harvest, LABELLED, event=None).status_code == 400


def test_only_post_is_answered_and_only_there(harvest: HarvestService) -> None:
    assert httpx.get(harvest.webhook_url, trust_env=False).status_code == 405
    assert httpx.post(f"{harvest.url}/webhooks", trust_env=False).status_code == 404


def test_operators_see_that_it_lives_and_what_came(harvest: HarvestService) -> None:
    assert httpx.get(f"{harvest.url}/healthz", trust_env=False).status_code == 200
    assert httpx.get(f"{harvest.url}/readyz", trust_env=False).status_code == 200
    counted = httpx.get(f"{harvest.url}/metrics", trust_env=False).text
    assert "harvest_deliveries_total" in counted
    assert gauge(counted, "harvest_inbox_parked") == 0
    send(harvest, {**LABELLED, "issue": {**LABELLED["issue"], "number": 900}})
    counted = httpx.get(f"{harvest.url}/metrics", trust_env=False).text
    assert gauge(counted, "harvest_inbox_waiting") > 0
    assert gauge(counted, "harvest_inbox_oldest_wait_seconds") > 0
    assert SECRET not in counted


def gauge(counted: str, name: str) -> float:
    (line,) = [line for line in counted.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


def test_it_is_not_ready_while_another_program_holds_the_database(harvest: HarvestService) -> None:
    with closing(sqlite3.connect(harvest.state / "harvest.db", isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        assert why_not_ready(harvest) == "the database can't be written: database is locked"
        assert httpx.get(f"{harvest.url}/healthz", trust_env=False).status_code == 200
    wait_until(lambda: readiness(harvest).status_code == 200, "the database to be free")


def readiness(harvest: HarvestService) -> httpx.Response:
    return httpx.get(f"{harvest.url}/readyz", trust_env=False, timeout=30)


def why_not_ready(harvest: HarvestService) -> str:
    """The word that goes with its 503; what it answered a moment ago may be told once more."""
    wait_until(lambda: readiness(harvest).status_code == 503, "an answer that it is not ready")
    answer = readiness(harvest)
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, False)
    return str(answer.json()["why"])


def test_a_full_disk_is_said_and_passes(harvest: HarvestService) -> None:
    with disk_full(harvest):
        assert "disk" in why_not_ready(harvest)
        body = {**LABELLED, "issue": {**LABELLED["issue"], "number": 500}}
        answers = [send(harvest, body, guid="while-the-disk-is-full") for _ in range(3)]
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers} == {"30"}
        assert httpx.get(f"{harvest.url}/healthz", trust_env=False).status_code == 200
    answer = send(harvest, body, guid="while-the-disk-is-full")
    assert (answer.status_code, answer.json()["reason"]) == (202, "stored")


@contextmanager
def disk_full(harvest: HarvestService) -> Iterator[None]:
    """No file of the service can grow meanwhile, its log neither."""
    assert harvest.process is not None
    before = resource.prlimit(harvest.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(harvest.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(harvest.process.pid, resource.RLIMIT_FSIZE, before)


def test_nothing_of_a_payload_is_in_the_log(harvest: HarvestService) -> None:
    """The names of people and repositories may be; a whole payload is not, whatever went wrong with it."""
    assert '"label":' not in harvest.log()
    assert SECRET not in harvest.log()


def test_a_stop_waits_for_no_lock_that_another_program_holds(harvest: HarvestService) -> None:
    with closing(sqlite3.connect(harvest.state / "harvest.db", isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        assert send(harvest, LABELLED, guid="while-the-file-is-held").status_code == 503  # its writer waits for 30 s in all
        assert harvest.process is not None
        harvest.process.terminate()
        harvest.process.wait(60)
        assert harvest.log_lines("stopping took too long: what was under way goes on at the next start")
    harvest.start()
