"""Reading what an operator sets, from the environment and `.env`.

A name that begins with HARVEST_ and is not known is refused: a misspelt limit must not be a missing limit.
"""

from __future__ import annotations

import os
from typing import Any

from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource

from github_app.settings.operator import ENV_FILE, Settings, SettingsError
from sandbox.secret import Secret


def known_variables() -> dict[str, Any]:
    """Every environment variable that Harvest reads, with its default."""
    return {str(field.alias): field.default for field in Settings.model_fields.values()}


def named_in_environment(name: str) -> Secret | None:
    """The value of an environment variable that the operator's file names, from the environment or `.env`, as it is there now;
    None for one that is not set. Raises SettingsError."""
    value = os.environ.get(name) or _in_env_file().get(name)
    return Secret(value.strip()) if value and value.strip() else None


def names_in_env_file() -> set[str]:
    """The variables that the `.env` file sets; SettingsError when it can't be read."""
    return set(_in_env_file())


def _in_env_file() -> dict[str, str | None]:
    try:
        return dict(DotEnvSettingsSource(Settings, env_file=ENV_FILE, case_sensitive=True).env_vars)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{ENV_FILE} can't be read ({type(error).__name__}): it has to be UTF-8 text, a line NAME=value for each setting"
        ) from error


def load_settings() -> Settings:
    """Read and check the settings; SettingsError lists everything that is wrong with them, one line each."""
    names = os.environ.keys() | names_in_env_file()
    unknown = sorted(name for name in names if name.startswith("HARVEST_") and name not in known_variables())
    problems = [f"{name} is not a setting of Harvest: see docs/settings.md for the names" for name in unknown]
    try:
        settings = Settings()
    except ValidationError as error:
        problems += [f"{'.'.join(str(part) for part in issue['loc'])}: {issue['msg']}" for issue in error.errors()]
        raise SettingsError("\n".join(problems)) from None
    if problems:
        raise SettingsError("\n".join(problems))
    return settings
