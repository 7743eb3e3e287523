"""The image that every sandbox starts from when there is nothing better: its layers as data, and how it is built.

It is built ahead of time, by `harvest image build`, and found by its name: a job never builds an image.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.browser import PROGRAM as BROWSER_SERVER
from sandbox.browser import VERSION as BROWSER_SERVER_VERSION
from sandbox.modal.errors import told_as_sandbox_errors
from sandbox.modal.layout import USER
from sandbox.protocol import SandboxError

if TYPE_CHECKING:
    import modal

# Pinned: the agent's command line and events are checked against this version.
CLAUDE_VERSION = "2.1.330"


@dataclass(frozen=True)
class BaseImage:
    """What the image is made of, topmost last: a system with Node from a registry, a Python, packages, the CLI, a user.

    `extra_commands` run at the end, as root.
    """

    name: str = "harvest-base"
    system: str = "node:22-bookworm-slim"
    python: str = "3.12"
    packages: tuple[str, ...] = (
        *("ca-certificates", "git", "procps", "util-linux"),  # what Harvest itself needs
        *("build-essential", "curl", "ripgrep"),  # what the agent may need
        *("chromium", "fonts-liberation", "fonts-noto-color-emoji"),  # a browser to look at pages with, and letters in them
    )
    # What installs a repository's dependencies by its lock file, beside the npm and yarn of the system and Python's own pip.
    node_tools: tuple[str, ...] = ("pnpm@10",)
    python_tools: tuple[str, ...] = ("uv", "poetry>=2,<3", "pipenv")
    claude_version: str = CLAUDE_VERSION
    browser_server: str = f"{BROWSER_SERVER}@{BROWSER_SERVER_VERSION}"
    extra_commands: tuple[str, ...] = ()

    def commands(self) -> tuple[str, ...]:
        """The shell commands that make the layers above the packages."""
        return (
            f"npm install --global --no-fund --no-audit {shlex.join(self.node_tools)}",
            f"python3 -m pip install --quiet --no-cache-dir {shlex.join(self.python_tools)}",
            f"npm install --global --no-fund --no-audit @anthropic-ai/claude-code@{self.claude_version}",
            f"npm install --global --no-fund --no-audit --ignore-scripts {shlex.quote(self.browser_server)}",
            f"id -u {USER} || useradd --create-home --shell /bin/bash {USER}",
            f"install -d -o {USER} -g {USER} -m 700 /workspace",
            *self.extra_commands,
        )

    def layers(self) -> modal.Image:
        """The SDK's description of it; nothing is built yet."""
        import modal

        system = modal.Image.from_registry(self.system, add_python=self.python)
        return system.apt_install(*self.packages).run_commands(*self.commands())

    async def build(self, app: modal.App, client: modal.Client) -> str:
        """Build it, or find the layers built before, and publish it under its name; gives the image's id.

        Raises SandboxError with the end of the build's log when a layer fails.
        """
        import modal.exception

        image = self.layers()
        with told_as_sandbox_errors(f"building the image {self.name}"):
            try:
                await image.build.aio(app)
            except modal.exception.ImageBuildError as error:
                raise SandboxError(f"the image {self.name} could not be built: {error}") from error
            await image.publish.aio(self.name, client=client)
        return str(image.object_id)
