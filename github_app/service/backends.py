"""Which sandbox backend the settings ask for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from github_app.settings.operator import Settings, SettingsError
from sandbox.protocol import SandboxBackend
from state.lock import cannot_write

if TYPE_CHECKING:
    from sandbox.local import LocalBackend
    from sandbox.modal import ModalBackend


# What is left of Modal's 24 hours after an idle time, and with the hour that a job takes beside its agent.
LONGEST_WARM_JOB_MINUTES = 22 * 60


def open_backend(settings: Settings) -> SandboxBackend:
    """The backend, ready to make sandboxes. SettingsError says why there can be none, and the ways out."""
    backend: SandboxBackend = open_local(settings) if settings.sandbox == "local" else open_modal(settings)
    if settings.egress in ("allowlist", "none") and not backend.limits_egress:
        raise SettingsError(
            f"HARVEST_EGRESS={settings.egress}: the {backend.name} sandbox can't limit what is reached on the network here, "
            "which takes bubblewrap and a network namespace (`harvest doctor` says what is missing): set "
            "HARVEST_SANDBOX=modal, or HARVEST_EGRESS=open to leave it as open as this machine's"
        )
    return backend


def open_local(settings: Settings) -> LocalBackend:
    """Sandboxes on this machine; refused when they would not be isolated and nobody said that this is fine."""
    from sandbox.local import LocalBackend

    if settings.warm_sandboxes:
        raise SettingsError("HARVEST_WARM_SANDBOXES is for Modal: a local sandbox is bound to its session's folder. Unset it")
    claude = settings.claude_cli()
    if claude is None or not claude.is_file():
        raise SettingsError(
            f"the Claude CLI was not found{f' at {claude}' if claude else ''}: "
            "set HARVEST_CLAUDE_PATH, put `claude` on PATH, or install Harvest's `demo` extra, which brings it"
        )
    backend = LocalBackend(
        settings.state_dir,
        claude=claude,
        browser_server=settings.browser_server(),
        allow_unisolated=settings.local_unisolated,
    )
    try:
        isolation = backend.isolation()
    except OSError as error:
        raise SettingsError(cannot_write(settings.state_dir, error)) from error
    if isolation.kind == "none" and not settings.local_unisolated:
        raise SettingsError(f"the local sandbox would not be isolated: {isolation.detail}; {isolation.advice}")
    return backend


def open_modal(settings: Settings) -> ModalBackend:
    """Sandboxes on Modal. The SDK reads its account from the environment, where an `.env` file's values are put for it; a
    container of Modal's needs none."""
    from sandbox.modal import ModalBackend, ModelKey, sdk

    if problem := sdk.unfit(sdk.installed_version()):
        raise SettingsError(problem)
    if (settings.warm_sandboxes or settings.standbys_kept) and settings.job_minutes > LONGEST_WARM_JOB_MINUTES:
        raise SettingsError(
            f"HARVEST_JOB_MINUTES: Modal ends a sandbox after 24 hours, those that it was idle included: set "
            f"{LONGEST_WARM_JOB_MINUTES} at most, or unset HARVEST_WARM_SANDBOXES and HARVEST_STANDBYS"
        )
    key = None
    if settings.modal_model_secret is not None:
        key = ModelKey(settings.modal_model_secret, urlsplit(settings.anthropic_base_url).hostname or "")
    # Names and lists are an app's own: two Harvests in one workspace find none of each other's sandboxes.
    backend = ModalBackend(app_name=f"harvest-{settings.app_id}" if settings.app_id else "harvest", model_key=key)
    if sdk.in_container():
        return backend
    if settings.modal_token_id is None or settings.modal_token_secret is None:
        raise SettingsError(
            "MODAL_TOKEN_ID and MODAL_TOKEN_SECRET are not set: make them with `modal token new`, "
            "or set HARVEST_SANDBOX=local to run the agent on this machine"
        )
    os.environ["MODAL_TOKEN_ID"] = settings.modal_token_id
    os.environ["MODAL_TOKEN_SECRET"] = settings.modal_token_secret.reveal()
    if settings.modal_server_url is not None:
        os.environ["MODAL_SERVER_URL"] = settings.modal_server_url
    return backend
