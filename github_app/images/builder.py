"""What it takes to build repository images: the few parts of a running Harvest that a build needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from github_app.github.client import GitHub
from github_app.github.identity import OwnIdentity
from github_app.github.paths import repository_path
from github_app.github.repository_settings import SettingsFiles
from github_app.github.tokens import Purpose, Tokens
from github_app.jobs.services import Services
from github_app.settings.egress import EgressPolicy
from github_app.settings.operator import Settings
from sandbox.protocol import SandboxBackend
from state.repository_images import ImageRepository, RepositoryImages
from state.sandbox_times import SandboxTimes


@dataclass(frozen=True)
class ImageBuilder:
    """Everything is opened before this is made and closed after it is let go."""

    settings: Settings
    github: GitHub
    tokens: Tokens
    identity: OwnIdentity
    settings_files: SettingsFiles
    images: RepositoryImages
    sandbox_times: SandboxTimes
    backend: SandboxBackend
    egress: EgressPolicy

    @classmethod
    def of(cls, services: Services) -> ImageBuilder:
        """The builder that a running Harvest has."""
        return cls(
            services.settings,
            services.github,
            services.tokens,
            services.identity,
            services.settings_files,
            services.images,
            services.sandbox_times,
            services.backend,
            services.egress,
        )

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
