"""What a sandbox on the emulated Modal may reach, from its creation to the agent's start, and what has a say in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import modal
import pytest

from github_app.jobs.open_network import open_the_network
from github_app.settings.allow_list import EgressKind
from github_app.settings.egress import EgressPolicy
from github_app.settings.old_file import OLD_FILE, read_old_file
from sandbox.git import Identity
from sandbox.modal import ModalBackend
from sandbox.protocol import SandboxSpec
from sandbox.secret import Secret
from sandbox.workspace import WorkspaceSpec, prepare
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service
from tests.publish.agent_repository import AgentRepository, git
from tests.sandbox import agents

SHOWN_AT = "/srv/remote.git"
BRANCH = "harvest/7-right-answer"
POLICY = EgressPolicy("allowlist", ("http://127.0.0.1:8000", "https://git.acme.dev"), ("wiki.acme.dev", "npm", "pypi"))
SPEC = SandboxSpec(name="job-1", session="issue-7", timeout_seconds=600, egress=POLICY.at_first())


@dataclass
class Connected:
    """An emulator whose sandboxes see the repository, which has other settings on a branch than on its base."""

    service: ModalService
    client: modal.Client
    workspace: WorkspaceSpec


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    if CANNOT_ISOLATE:
        pytest.skip(f"the emulated Modal can't isolate sandboxes here: {CANNOT_ISOLATE}")
    remote = AgentRepository.create(tmp_path_factory.mktemp("remote"))
    for branch, host in (("main", "docs.acme.dev"), (BRANCH, "evil.acme.dev")):
        remote.commit("Settings", **{OLD_FILE: f"[egress]\nallow = ['{host}']\n"})
        git(remote.clone, "push", "--quiet", str(remote.server), f"HEAD:refs/heads/{branch}")
    identity = Identity("Claude (Harvest)", "harvest@example.com")
    with modal_service(tmp_path_factory.mktemp("modal"), "--show", f"{remote.server}:{SHOWN_AT}") as service:
        client = service.client()
        asyncio.run(ModalBackend(client=client).build_base_image())
        yield Connected(
            service,
            client,
            WorkspaceSpec(f"file://{SHOWN_AT}", "main", BRANCH, Secret("ghs_read"), identity, base_files=(OLD_FILE,)),
        )


@pytest.fixture
async def backend(on: Connected) -> AsyncIterator[ModalBackend]:
    backend = ModalBackend(client=on.client)
    yield backend
    on.service.heal()
    for summary in await backend.list({}):
        on.service.end(summary.id, "terminated")


async def test_a_sandbox_is_created_narrow_and_widened_before_the_agent_starts(on: Connected, backend: ModalBackend) -> None:
    sandbox = await backend.create(SPEC)
    ready = await prepare(sandbox, on.workspace)
    settings, _ = read_old_file(ready.base_files[OLD_FILE], is_new=False)
    egress, problems = await open_the_network(sandbox, POLICY, settings.allow)
    _, ended = await agents.finished(sandbox, agents.spec(sandbox, agents.ECHO, "hello"))

    at_first, then = on.service.sandbox(sandbox.id)["networks"]
    assert (at_first["allowed_domains"], at_first["allowed_cidrs"]) == (["git.acme.dev"], ["127.0.0.1/32"])
    assert then["allowed_domains"][:3] == ["git.acme.dev", "wiki.acme.dev", "docs.acme.dev"], (
        "of the base branch, not of the other"
    )
    assert [*then["allowed_domains"], "127.0.0.1"] == sorted(egress.hosts or (), key=lambda host: host == "127.0.0.1")
    assert (then["allowed_cidrs"], problems) == (["127.0.0.1/32"], [])
    assert then["since"] < ended.started_at


async def test_what_an_earlier_agent_left_in_the_snapshot_does_not_widen_it(on: Connected, backend: ModalBackend) -> None:
    first = await backend.create(SPEC)
    honest, _ = await open_the_network(first, POLICY, ())
    await first.write_file(f"{first.paths.home}/.npmrc", b"registry=https://evil.acme.dev/")
    await first.write_file(f"{first.paths.home}/.config/pip/pip.conf", b"[global]\nindex-url = https://evil.acme.dev/simple")
    snapshot = await first.snapshot()

    second = await backend.create(replace(SPEC, name="job-2", snapshot_id=snapshot))
    assert (await second.read_file(f"{second.paths.home}/.npmrc")).startswith(b"registry=")

    assert await open_the_network(second, POLICY, ()) == (honest, [])


@pytest.mark.parametrize("kind", ["none", "open"])
async def test_what_is_not_a_list_is_never_changed(on: Connected, backend: ModalBackend, kind: EgressKind) -> None:
    policy = replace(POLICY, kind=kind)
    sandbox = await backend.create(replace(SPEC, egress=policy.at_first()))
    calls = on.service.stats()["calls"]

    egress, _ = await open_the_network(sandbox, policy, ("evil.acme.dev",))

    assert egress == policy.at_first()
    assert on.service.stats()["calls"] == calls, "nothing was asked and nothing set"
    (network,) = on.service.sandbox(sandbox.id)["networks"]
    assert network["allowed_domains"] == (["git.acme.dev"] if kind == "none" else [])


async def test_what_a_repository_may_not_add_stays_out_of_reach(on: Connected, backend: ModalBackend) -> None:
    sandbox = await backend.create(SPEC)
    policy = replace(POLICY, entries=("wiki.acme.dev",), addable=("*.acme.dev",))

    egress, _ = await open_the_network(sandbox, policy, ("evil.dev", "docs.acme.dev"))

    assert egress.hosts == ("127.0.0.1", "git.acme.dev", "wiki.acme.dev", "docs.acme.dev")


async def test_where_modal_won_t_change_it_the_network_stays_narrow_and_that_is_told(
    on: Connected, backend: ModalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = await backend.create(SPEC)
    on.service.arm("refuse", rpc="TaskSetNetworkAccess", status="PERMISSION_DENIED", message="not in your plan")
    refused = await open_the_network(sandbox, POLICY, ())
    monkeypatch.delattr(modal.Sandbox, "_experimental_set_outbound_network_policy")
    missing = await open_the_network(sandbox, POLICY, ())

    for (egress, (problem,)), why in ((refused, "not in your plan"), (missing, "install modal>=1.6.4,<1.7")):
        assert egress == POLICY.at_first()
        assert why in problem
    assert len(on.service.sandbox(sandbox.id)["networks"]) == 1
