"""What it takes to build images: a part of a running Harvest, and all that `harvest image` opens beside one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from github_app.github.client import GitHub, repository_path
from github_app.github.identity import OwnIdentity
from github_app.github.tokens import Purpose, Tokens
from github_app.settings.egress import EgressPolicy
from github_app.settings.operator import Settings
from sandbox.protocol import SandboxBackend
from state.database import Database
from state.repository_images import ImageRepository, RepositoryImages
from state.sandbox_times import SandboxTimes


@dataclass(frozen=True)
class ImageBuilder:
    """Everything is opened before this is made and closed after it is let go."""

    settings: Settings
    github: GitHub
    tokens: Tokens
    identity: OwnIdentity
    images: RepositoryImages
    sandbox_times: SandboxTimes
    backend: SandboxBackend
    egress: EgressPolicy

    async def ask(self, repository: ImageRepository, path: str = "") -> Any:
        """Ask GitHub about this repository, as one who may only read it. Raises GitHubProblem."""
        token = await self.tokens.get(repository.installation_id, repository.id, Purpose.READ)
        return await self.github.with_token(token.value, "GET", f"{repository_path(repository.name)}{path}")

    async def find(self, name: str) -> ImageRepository:
        """The repository `owner/name`, where the App is installed on it. Raises GitHubProblem."""
        path = repository_path(name)
        installation = await self.github.as_app("GET", f"{path}/installation")
        token = await self.tokens.for_looking(installation["id"])
        found = await self.github.with_token(token.value, "GET", path)
        return ImageRepository(found["id"], installation["id"], found["full_name"])


@asynccontextmanager
async def open_image_builder(settings: Settings, database: Database) -> AsyncIterator[ImageBuilder]:
    """A workshop of its own, which may stand beside a running service: builders see each other in the database."""
    from github_app.service.backends import open_backend

    async with AsyncExitStack() as stack:
        backend = open_backend(settings)
        stack.push_async_callback(backend.close)
        github = GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key(), pace=settings.github_pace)
        stack.push_async_callback(github.close)
        egress = EgressPolicy.of(
            settings, settings.public_url or f"http://{settings.host}:{settings.port}", limitable=backend.limits_egress
        )
        images, times = RepositoryImages(database), SandboxTimes(database)
        yield ImageBuilder(settings, github, Tokens(github), OwnIdentity(github), images, times, backend, egress)
