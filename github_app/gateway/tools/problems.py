"""Why a server could not be asked, or gave no answer. The words are for the agent and for people, and hold nothing secret."""

from __future__ import annotations


class ServerProblem(Exception):
    """A server that gives no answer; the message says in half a sentence why. `refused` says that it took the credential for
    none of its own."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class SessionLost(ServerProblem):
    """The server knows this conversation no more, and has done nothing: another one may be begun."""
