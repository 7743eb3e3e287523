"""Lets a job's sandbox reach what operator and repository allow, beside the model and GitHub that it is created with."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from github_app.settings.egress import EgressPolicy
from sandbox.protocol import Egress, Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.registries import registry_hosts

log = structlog.get_logger()


async def open_the_network(sandbox: Sandbox, policy: EgressPolicy, added: Sequence[str]) -> tuple[Egress, list[str]]:
    """Widen what the sandbox may reach; gives what that is from now on, and sentences on what did not work out.

    `added` is what the repository's settings allow besides. To be done before any of the agent's code runs in this sandbox: it
    could answer for the package managers that are asked here. Repeating it gives the same.
    """
    try:
        return await widen(sandbox, policy, added), []
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as error:
        log.warning("the network stays as narrow as at first", error=str(error))
        return policy.at_first(), [f"The sandbox could reach nothing but the model and GitHub: {error}."]


async def widen(sandbox: Sandbox, policy: EgressPolicy, added: Sequence[str]) -> Egress:
    first, allowed = policy.at_first(), policy.allowed(added)
    registries = await registry_hosts(sandbox, allowed.ecosystems) if allowed.ecosystems else ()
    hosts = tuple(dict.fromkeys((*(first.hosts or ()), *allowed.hosts, *policy.networks, *registries)))
    if first.hosts is None or hosts == first.hosts:
        return first
    wider = Egress(hosts, first.services, policy.networks)
    await sandbox.set_egress(wider)
    return wider
