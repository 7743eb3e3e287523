"""What makes Harvest act: the labels, the words that a command begins with, and who Harvest itself is."""

from __future__ import annotations

from dataclasses import dataclass

from github_app.jobs.services import Services


@dataclass(frozen=True)
class Triggers:
    """`app_id` is our own App's: its own events are dropped first. `slug` is its name on GitHub, empty until GitHub has said
    it."""

    label: str
    command: str
    app_id: int
    slug: str = ""

    @property
    def login(self) -> str:
        """The App's own account, which an issue may be assigned to."""
        return f"{self.slug}[bot]" if self.slug else ""

    @property
    def words(self) -> tuple[str, ...]:
        """What a command begins with: the command word, or a mention of the App."""
        return (self.command, f"@{self.login}", f"@{self.slug}") if self.slug else (self.command,)


def triggers_of(services: Services, repository_id: int) -> Triggers:
    """What makes Harvest act in that repository."""
    label, command = services.label_in(repository_id), services.command_in(repository_id)
    return Triggers(label, command, services.app_id, services.identity.slug_if_known)
