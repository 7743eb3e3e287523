"""A token of one installation, which knows whose it is: GitHub counts and limits what is asked by installation."""

from __future__ import annotations

from sandbox.secret import Secret


class InstallationToken(Secret):
    """The token's text, and the installation's id."""

    __slots__ = ("installation_id",)

    def __init__(self, value: str, installation_id: int) -> None:
        super().__init__(value)
        self.installation_id = installation_id
