"""What a sandbox in namespaces can't see or do."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import modal
import pytest

from tests.emulators.modal.in_sandbox import command_lines, run
from tests.modal_service import PROJECT, ModalService

Create = Callable[..., modal.Sandbox]


def test_people_s_files_of_the_host_are_not_there(create: Create, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("mine")
    output, _, code = run(create(), f"cat {tmp_path}/private {PROJECT}/pyproject.toml; ls -A /root /home /tmp /var/tmp /run")
    assert code == 0
    assert "mine" not in output
    assert "[project]" not in output
    assert not [name for name in output.split() if not name.endswith(":")]


def test_what_one_writes_no_other_sees(create: Create) -> None:
    first, second = create(), create()
    assert run(first, "echo secret > /etc/mine && cat /etc/mine") == ("secret\n", "", 0)
    assert run(second, "cat /etc/mine")[2] == 1
    assert not Path("/etc/mine").exists()


def test_processes_are_its_own(create: Create) -> None:
    output, _, _ = run(create(), f"ls -d /proc/[0-9]* | wc -l; kill -0 {os.getpid()}")
    assert int(output) < 10


def test_a_user_of_its_own_can_be_made_and_can_t_read_root_s_files(create: Create) -> None:
    sandbox = create()
    assert run(sandbox, "useradd --create-home worker && echo mine > /opt/key && chmod 600 /opt/key")[2] == 0
    as_worker = "setpriv --reuid=worker --regid=worker --init-groups -- "
    assert run(sandbox, as_worker + "id -un")[0] == "worker\n"
    assert run(sandbox, as_worker + "cat /opt/key")[2] == 1


@pytest.mark.parametrize("command", ["mount -t tmpfs none /mnt", "mknod /tmp/disk b 8 0", "unshare --mount true"])
def test_root_in_it_is_not_root_on_the_host(create: Create, command: str) -> None:
    output, error, code = run(create(), command)
    assert code != 0, output
    assert "ermi" in error


def test_nor_is_the_entrypoint(create: Create) -> None:
    sandbox = create("mount", "-t", "tmpfs", "none", "/mnt")
    sandbox.wait()
    assert sandbox.returncode != 0


def test_a_killed_sandbox_leaves_no_process(create: Create) -> None:
    sandbox = create()
    marker = f"{os.getpid()}.0{id(sandbox)}"
    run(sandbox, f"setsid sleep {marker} > /dev/null 2>&1 & echo started")
    assert marker in command_lines()
    sandbox.terminate(wait=True)
    assert marker not in command_lines()


def test_a_blocked_network_has_loopback_of_its_own_only(create: Create) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = f"exec 3<>/dev/tcp/127.0.0.1/{server.getsockname()[1]}"
        assert run(create(), connect)[2] == 0
        blocked = create(block_network=True)
        assert "refused" in run(blocked, connect)[1]
        assert run(blocked, "grep -c : /proc/net/dev")[0] == "1\n"


# Connecting a UDP socket sends nothing, but the kernel decides whether it may.
ASK = """python3 -c "import socket,errno
def ask(address):
    try:
        socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM).connect((address, {port}))
    except OSError as error:
        return errno.errorcode[error.errno] if error.errno == errno.EPERM else 'allowed'
    return 'allowed'
print(*map(ask, {addresses}))" """


def ask(sandbox: modal.Sandbox, *addresses: str, port: int = 80) -> list[str]:
    output, error, _ = run(sandbox, ASK.format(addresses=list(addresses), port=port))
    assert not error
    return output.split()


def test_an_address_list_is_kept_to_the_address(create: Create) -> None:
    sandbox = create(outbound_cidr_allowlist=["198.51.100.0/25", "2001:db8:1::/48"])
    assert ask(sandbox, "198.51.100.127", "198.51.100.128", "203.0.113.1", "127.0.0.1") == [
        "allowed",
        "EPERM",
        "EPERM",
        "allowed",
    ]
    assert ask(sandbox, "2001:db8:1::5", "2001:db8:2::5", "::ffff:203.0.113.1") == ["allowed", "EPERM", "EPERM"]


def test_an_address_list_holds_the_entrypoint_too(create: Create) -> None:
    sandbox = create("bash", "-c", ASK.format(addresses=["203.0.113.1"], port=80), outbound_cidr_allowlist=[])
    sandbox.wait()
    assert sandbox.stdout.read() == "EPERM\n"


def test_a_domain_list_opens_the_ports_it_works_on_and_is_recorded(create: Create) -> None:
    sandbox = create(outbound_domain_allowlist=["api.github.com", "*.example.org"])
    assert ask(sandbox, "203.0.113.1", port=443) == ["allowed"]
    assert ask(sandbox, "203.0.113.1", port=80) == ["EPERM"]
    assert ask(sandbox, "2001:db8::1", port=53) == ["allowed"]


def test_network_access_can_be_changed_while_it_runs_and_what_it_was_is_shown(create: Create, service: ModalService) -> None:
    sandbox = create(outbound_domain_allowlist=["example.org"])
    assert ask(sandbox, "203.0.113.1") == ["EPERM"]
    sandbox._experimental_set_outbound_network_policy(outbound_cidr_allowlist=["198.51.100.0/24"])
    assert ask(sandbox, "203.0.113.1", "198.51.100.1") == ["EPERM", "allowed"]
    sandbox._experimental_set_outbound_network_policy()
    assert ask(sandbox, "203.0.113.1") == ["allowed"]

    shown = service.sandbox(sandbox.object_id)["networks"]
    assert [(network["allowed_domains"], network["allowed_cidrs"]) for network in shown] == [
        (["example.org"], []),
        ([], ["198.51.100.0/24"]),
        ([], []),
    ]
    assert [network["since"] for network in shown] == sorted(network["since"] for network in shown)
