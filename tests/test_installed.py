"""What is installed from a wheel is whole: the files that the code reads come along, and no clone is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGED = ("docs/ai", "github_app", "sandbox", "state", "emulators", "pyproject.toml", "README.md", "LICENSE", "app.yml")

# As pip and uv have it built.
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
LOOK = """
from pathlib import Path
from emulators.github.description.checking import Description
from emulators.github.graphql import api
import github_app
from github_app.jobs.agent.prompt import pages
from github_app.operator.setup.manifest import read_manifest
assert Path(github_app.__file__).is_relative_to(Path.cwd()), github_app.__file__
assert Description().operations and api._SCHEMA.read_text() and all(pages())
print(read_manifest().default_permissions["contents"])
"""


@pytest.mark.further
def test_an_installed_wheel_has_the_files_that_are_read_at_run_time(tmp_path: Path) -> None:
    source, built, installed = tmp_path / "source", tmp_path / "built", tmp_path / "installed"
    source.mkdir()
    for name in PACKAGED:
        one = ROOT / name
        if one.is_dir():
            shutil.copytree(one, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(one, source / name, follow_symlinks=False)
    subprocess.run([sys.executable, "-c", BUILD, built], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    looked = subprocess.run([sys.executable, "-c", LOOK], cwd=installed, check=True, capture_output=True, text=True)
    assert looked.stdout.strip() == "write"
