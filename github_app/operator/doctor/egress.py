"""What sandboxes reach on the network, and is that enough for a job?"""

from __future__ import annotations

from github_app.operator.doctor.finding import Finding
from github_app.settings.egress import EgressPolicy
from github_app.settings.operator import Settings
from sandbox.protocol import SandboxBackend


def policy_of(settings: Settings, backend: SandboxBackend) -> EgressPolicy:
    """The limit that jobs have, with the service at its public URL."""
    return EgressPolicy.of(settings, address_of(settings), limitable=backend.limits_egress)


def address_of(settings: Settings) -> str:
    """The service's public URL, or where it listens."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def egress_finding(policy: EgressPolicy, *, limited: bool = True) -> Finding:
    """`limited` says whether the backend has anything between a sandbox and the network that it is on."""
    if unreachable := policy.out_of_reach():
        advice = "serve it as https:// on port 443, or set HARVEST_EGRESS=open"
        return Finding(
            "egress", "warning", f"{policy.kind}, under which sandboxes can't reach {', '.join(unreachable)}", advice
        )
    if not limited:
        advice = "with bubblewrap and network namespaces HARVEST_EGRESS=allowlist holds; see `sandbox` above"
        return Finding(
            "egress", "warning", "open: whatever this machine reaches, its loopback and private network included", advice
        )
    allowed = {"open": "the public internet", "none": "the model and GitHub"}.get(policy.kind) or ", ".join(policy.entries)
    return Finding("egress", "ok", f"{policy.kind}: {allowed}")
