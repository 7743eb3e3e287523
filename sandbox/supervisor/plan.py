"""run.json: which agent to run, and within which limits."""

from __future__ import annotations

from typing import Any

# How a secret's variable is named on its way to the supervisor, so that only what was named reaches the agent.
SECRET_PREFIX = "HARVEST_SECRET_"  # noqa: S105 - a prefix, not a secret


class Plan:
    """`grace_seconds` lie between INT, TERM and KILL; after `settle_seconds` of quiet behind an answer nothing more is
    expected; it waits `wait_seconds` for its first message; `secrets` are names; the other limits are in seconds and bytes.

    Raises KeyError, TypeError or ValueError when `fields` is no such plan.
    """

    def __init__(self, fields: dict[str, Any]) -> None:
        self.argv = [str(word) for word in fields["argv"]]
        if not self.argv:
            raise ValueError("argv is empty")
        self.cwd = str(fields["cwd"])
        self.env = {str(name): str(value) for name, value in fields["env"].items()}
        self.secrets = [str(name) for name in fields["secrets"]]
        self.wait_seconds = float(fields["wait_seconds"])
        self.silence_seconds = float(fields["silence_seconds"])
        self.settle_seconds = float(fields["settle_seconds"])
        self.grace_seconds = float(fields["grace_seconds"])
        self.max_output_bytes = int(fields["max_output_bytes"])
        self.max_line_bytes = int(fields["max_line_bytes"])

    def environment(self, given: dict[str, str]) -> dict[str, str]:
        """The agent's: the supervisor's own without anything secret, then `env`, then the secrets that were named."""
        clean = {name: value for name, value in given.items() if not name.startswith(SECRET_PREFIX)}
        named = {name: given[SECRET_PREFIX + name] for name in self.secrets}
        return {**clean, **self.env, **named}
