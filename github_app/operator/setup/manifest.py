"""app.yml: what the GitHub App is registered with, and what an installation lacks of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

import github_app

# In the package, so that it is there however Harvest was installed; a clone has a link to it at its root.
MANIFEST_FILE = Path(github_app.__file__).with_name("app.yml")

LEVELS = {"read": 1, "write": 2, "admin": 3}


class Manifest(msgspec.Struct, frozen=True):
    """The manifest's fields that are ours to choose."""

    name: str
    url: str
    description: str
    public: bool
    default_events: list[str]
    default_permissions: dict[str, str]


def read_manifest(path: Path = MANIFEST_FILE) -> Manifest:
    """The manifest in that file. Raises OSError or msgspec.ValidationError."""
    import yaml

    return msgspec.convert(yaml.safe_load(path.read_text()), Manifest)


def missing_permissions(manifest: Manifest, granted: Mapping[str, str]) -> list[str]:
    """Each permission that is granted less than the manifest asks, as "issues: write (granted: read)"."""
    return [
        f"{name}: {level} (granted: {granted.get(name, 'none')})"
        for name, level in manifest.default_permissions.items()
        if LEVELS.get(granted.get(name, ""), 0) < LEVELS[level]
    ]
