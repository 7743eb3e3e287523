"""Which lock file is answered by which command."""

from __future__ import annotations

import pytest

from github_app.domain.installs import INSTALLS, TOOLS, choose

EVERYTHING = TOOLS


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ((), []),
        (("README.md", "package.json", "pyproject.toml"), []),
        (("package-lock.json",), ["npm ci --no-audit --no-fund"]),
        (("pnpm-lock.yaml",), ["pnpm install --frozen-lockfile"]),
        (("yarn.lock",), ["yarn install --frozen-lockfile --non-interactive"]),
        (("yarn.lock", ".yarnrc.yml"), ["yarn install --immutable"]),
        (("bun.lock",), ["bun install --frozen-lockfile"]),
        (("uv.lock",), ["uv sync --frozen"]),
        (("poetry.lock",), ["POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction"]),
        (("Pipfile.lock",), ["PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev"]),
        (("go.mod", "go.sum"), ["go mod download"]),
        (("Cargo.lock",), ["cargo fetch --locked"]),
        (("Gemfile.lock",), ["bundle config set --local path vendor/bundle && bundle install"]),
        (("composer.lock",), ["composer install --no-interaction --no-progress"]),
    ],
)
def test_a_lock_file_is_answered_by_its_tools_command(files: tuple[str, ...], commands: list[str]) -> None:
    assert [chosen.install.command for chosen in choose(files, EVERYTHING)] == commands


def test_requirements_go_into_an_environment_of_the_repositorys_own() -> None:
    (chosen,) = choose({"requirements.txt"}, {"python3"})
    assert chosen.install.command.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
    assert chosen.install.command.endswith(" -r requirements.txt")


def test_each_language_is_installed_once_and_all_of_them_are() -> None:
    files = {install.lock_file for install in INSTALLS}
    languages = [chosen.install.language for chosen in choose(files, EVERYTHING)]
    assert len(languages) == len(set(languages))
    assert set(languages) == {install.language for install in INSTALLS}


@pytest.mark.parametrize(
    ("files", "tools", "chosen"),
    [
        ({"pnpm-lock.yaml", "package-lock.json"}, {"npm"}, ("package-lock.json", "")),
        ({"pnpm-lock.yaml", "package-lock.json"}, {"npm", "pnpm"}, ("pnpm-lock.yaml", "")),
        ({"poetry.lock", "requirements.txt"}, {"python3"}, ("requirements.txt", "")),
        ({"poetry.lock"}, {"python3"}, ("poetry.lock", "poetry")),
        ({"pnpm-lock.yaml", "yarn.lock"}, set(), ("pnpm-lock.yaml", "pnpm")),
    ],
)
def test_the_first_lock_file_whose_tool_there_is_counts_and_else_the_tool_that_lacks_is_named(
    files: set[str], tools: set[str], chosen: tuple[str, str]
) -> None:
    (found,) = choose(files, tools)
    assert (found.install.lock_file, found.lacking) == chosen
