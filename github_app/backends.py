"""Which sandbox backend the settings ask for."""

from __future__ import annotations

from github_app.settings import Settings, SettingsError
from sandbox.protocol import SandboxBackend


def open_backend(settings: Settings) -> SandboxBackend:
    """The backend, ready to make sandboxes. SettingsError says why there can be none, and the ways out."""
    from sandbox.local import LocalBackend

    if settings.sandbox != "local":
        raise SettingsError(f"HARVEST_SANDBOX={settings.sandbox} is not there yet: set HARVEST_SANDBOX=local")
    claude = settings.claude_cli()
    if claude is None or not claude.is_file():
        raise SettingsError(
            f"the Claude CLI was not found{f' at {claude}' if claude else ''}: "
            "set HARVEST_CLAUDE_PATH, put `claude` on PATH, or install Harvest's `demo` extra, which brings it"
        )
    backend = LocalBackend(settings.state_dir, claude=claude, allow_unisolated=settings.local_unisolated)
    isolation = backend.isolation()
    if isolation.kind == "none" and not settings.local_unisolated:
        raise SettingsError(f"the local sandbox would not be isolated: {isolation.detail} {isolation.advice}")
    return backend
