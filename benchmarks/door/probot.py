"""Probot from npm, installed when it is measured: the framework that most GitHub Apps are written in."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

# The SQLite that newer nodes have built in, as a package with its binaries inside: nothing has to be compiled.
PACKAGES = ("probot@latest", "@photostructure/sqlite@latest")

INSTALL_SECONDS = 120.0


class NoProbot(Exception):
    """Probot can't be measured on this machine; the message says why."""


async def install(folder: Path) -> str:
    """Install Probot below this folder, beside the server that uses it; gives its version. Raises NoProbot."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NoProbot(f"there is no {program} on PATH")
    await asyncio.to_thread(lay_out, folder)
    npm = await asyncio.create_subprocess_exec(
        *("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", *PACKAGES),
        cwd=folder,
        env=dict(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(npm.communicate(), INSTALL_SECONDS)
    except TimeoutError:
        npm.kill()
        await npm.wait()
        raise NoProbot(f"npm did not install it within {INSTALL_SECONDS:.0f} s") from None
    if npm.returncode:
        raise NoProbot(f"npm could not install it: {said.decode(errors='replace').strip()[-300:]}")
    return await asyncio.to_thread(version_in, folder)


def lay_out(folder: Path) -> None:
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    shutil.copy(Path(__file__).with_name("probot.mjs"), folder)


def version_in(folder: Path) -> str:
    manifest = json.loads((folder / "node_modules" / "probot" / "package.json").read_text())
    return str(manifest["version"])
