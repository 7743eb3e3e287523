"""What repositories are told to be asked by is known to every node: another one may have read their settings."""

from __future__ import annotations

from github_app.jobs.services import Services


async def learn_of_own_words(services: Services) -> int:
    """Learn the labels and command words that others have noted; gives the number of repositories that have some."""
    return await services.own_words.load() if services.database.dialect == "postgresql" else 0
