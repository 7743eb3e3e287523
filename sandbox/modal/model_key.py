"""The model's key, put into requests outside of the sandbox, so that there is none inside to take.

An `OutboundPolicy` (experimental) replaces headers of HTTPS requests to one domain by values from a secret that is stored on
Modal. It can't be had together with a limit on what the sandbox reaches.
https://modal.com/docs/guide/sandbox-secret-injection
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.modal.errors import told_as_sandbox_errors
from sandbox.protocol import SandboxError

if TYPE_CHECKING:
    import modal
    from modal.experimental import OutboundPolicy

VARIABLE = "ANTHROPIC_API_KEY"
# https://docs.anthropic.com/en/api/overview#authentication
HEADER = "x-api-key"


@dataclass(frozen=True)
class ModelKey:
    """The key is `ANTHROPIC_API_KEY` in the secret of this name, and goes to this domain alone."""

    secret_name: str
    domain: str

    async def policy(self, client: modal.Client) -> OutboundPolicy:
        """What a sandbox is created with. SandboxError when there is no such secret, or the SDK can't do it (any more)."""
        import modal
        import modal.experimental

        if not hasattr(modal.experimental, "OutboundPolicy"):
            raise SandboxError(f"Modal's SDK {modal.__version__} has no OutboundPolicy: unset HARVEST_MODAL_MODEL_SECRET")
        secret = modal.Secret.from_name(self.secret_name, required_keys=[VARIABLE], client=client)
        with told_as_sandbox_errors(f"looking for the secret {self.secret_name}"):
            try:
                await secret.hydrate.aio(client=client)
            except (modal.exception.NotFoundError, modal.exception.InvalidError) as error:
                raise SandboxError(
                    f"Modal has no secret {self.secret_name} with {VARIABLE} in it ({error}): `modal secret create` makes it"
                ) from error
        headers = {HEADER: f"${VARIABLE}"}
        return modal.experimental.OutboundPolicy().with_header_replacement(domain=self.domain, headers=headers, secret=secret)
