"""`harvest setup`: register the GitHub App from app.yml in a browser, and write what GitHub answers into `.env`."""

from __future__ import annotations

from typing import Annotated

import typer


def setup(
    public_url: Annotated[
        str,
        typer.Option(
            help="How GitHub will reach this service, as https://harvest.example.com.", prompt="This service's public URL"
        ),
    ],
    organization: Annotated[str, typer.Option(help="Register the App for this organization instead of yourself.")] = "",
    env_file: Annotated[str, typer.Option(help="Where the settings are written.")] = ".env",
    key_file: Annotated[str, typer.Option(help="Where the App's private key is written.")] = "harvest.private-key.pem",
    port: Annotated[int, typer.Option(help="Port on this machine for the page; 0 takes any.", min=0, max=65535)] = 0,
) -> None:
    """Register the GitHub App: open the page that this prints, press one button on GitHub, and the settings are written."""
    import asyncio
    from pathlib import Path

    from github_app.operator.setup.registration import Registration, register
    from github_app.settings.environment import load_settings
    from github_app.settings.operator import SettingsError

    if not public_url.startswith(("https://", "http://")):
        raise SettingsError(f"{public_url} is not a URL: give it as https://harvest.example.com")
    for path in (Path(env_file), Path(key_file)):
        if path.exists():
            raise SettingsError(f"{path} is there already: move it away, or name another with --env-file and --key-file")
    settings = load_settings()
    registration = Registration(
        public_url.rstrip("/"),
        organization,
        Path(env_file),
        Path(key_file),
        settings.github_api_url,
        settings.github_server_url,
    )
    app = asyncio.run(register(registration, port, say=lambda line: print(line, flush=True)))
    print(f"Registered {app.name}. Written: {env_file} (settings) and {key_file} (private key, readable by you alone).")
    print(f"Now add ANTHROPIC_API_KEY to {env_file}, install the App at {app.install_url}, and run `harvest doctor`.")
