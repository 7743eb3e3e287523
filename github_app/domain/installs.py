"""Which dependencies are installed, by the lock files at the root of a repository. Pure.

Of the lock files of one language the first counts whose tool there is: a repository that changed tools may keep the old one's.
What is not in this table a repository installs by its own `.harvest/setup.sh`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

# Where a Python environment lies: uv, Poetry and Pipenv find it there by themselves, and the agent is told of it.
VENV = ".venv"

_PIP = f"{VENV}/bin/python -m pip install --quiet --disable-pip-version-check --no-input"


@dataclass(frozen=True)
class Install:
    """One way to install: `command` for a shell in the workspace, where there are the file `lock_file` and the program `tool`.

    `beside` is another file that must be there too: it tells versions of one tool apart.
    """

    language: str
    lock_file: str
    tool: str
    command: str
    beside: str = ""

    def fits(self, files: Collection[str]) -> bool:
        return self.lock_file in files and (not self.beside or self.beside in files)


INSTALLS: tuple[Install, ...] = (
    Install("JavaScript", "pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile"),
    Install("JavaScript", "yarn.lock", "yarn", "yarn install --immutable", beside=".yarnrc.yml"),
    Install("JavaScript", "yarn.lock", "yarn", "yarn install --frozen-lockfile --non-interactive"),
    Install("JavaScript", "bun.lock", "bun", "bun install --frozen-lockfile"),
    Install("JavaScript", "bun.lockb", "bun", "bun install --frozen-lockfile"),
    Install("JavaScript", "package-lock.json", "npm", "npm ci --no-audit --no-fund"),
    Install("JavaScript", "npm-shrinkwrap.json", "npm", "npm ci --no-audit --no-fund"),
    Install("Python", "uv.lock", "uv", "uv sync --frozen"),
    Install("Python", "poetry.lock", "poetry", "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction"),
    Install("Python", "Pipfile.lock", "pipenv", "PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev"),
    Install("Python", "requirements.txt", "python3", f"python3 -m venv {VENV} && {_PIP} -r requirements.txt"),
    Install("Go", "go.mod", "go", "go mod download"),
    Install("Rust", "Cargo.lock", "cargo", "cargo fetch --locked"),
    Install("Ruby", "Gemfile.lock", "bundle", "bundle config set --local path vendor/bundle && bundle install"),
    Install("PHP", "composer.lock", "composer", "composer install --no-interaction --no-progress"),
)
TOOLS = tuple(sorted({install.tool for install in INSTALLS}))


@dataclass(frozen=True)
class Chosen:
    """What is to be done for one language. `lacking` is a tool that there isn't: then nothing can be done."""

    install: Install
    lacking: str = ""


def choose(files: Collection[str], tools: Collection[str]) -> list[Chosen]:
    """For each language that has a lock file among `files` (names at the repository's root), how it is installed."""
    chosen: dict[str, Chosen] = {}
    for install in INSTALLS:
        if not install.fits(files):
            continue
        best = chosen.get(install.language)
        if install.tool in tools and (best is None or best.lacking):
            chosen[install.language] = Chosen(install)
        elif best is None:
            chosen[install.language] = Chosen(install, lacking=install.tool)
    return list(chosen.values())
