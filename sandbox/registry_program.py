"""Asks the package managers of a sandbox where they fetch packages from. Runs there by itself, with Python's own library.

An earlier agent may have left settings in its home and its project, so they are asked in an empty home, outside of any project
(start it at the root of the file system), and with nothing of the environment but the names by which an image sets a mirror.
What remains is what is built into them and what root has configured. Takes ecosystems; prints a JSON object with what was said
for each.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping

# They start in less than a second; one that wants to go to the network first is not waited for.
SECONDS = 20

MIRRORS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "npm_config_registry", "NPM_CONFIG_REGISTRY", "GOPROXY", "GOSUMDB")
ENVIRONMENT = {"LC_ALL": "C", "COREPACK_ENABLE_NETWORK": "0"}

PIPS_OWN = "from pip._internal.models.index import PyPI; print(PyPI.url, 'https://' + PyPI.file_storage_domain)"
QUESTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "go": (("go", "env", "GOPROXY", "GOSUMDB"),),
    "npm": (("npm", "config", "get", "registry"), ("yarn", "config", "get", "registry")),
    "pypi": ((sys.executable, "-I", "-c", PIPS_OWN),),
    "rubygems": (("gem", "sources", "--list"),),
}
# Asking pip for its settings would take it half a second. https://pip.pypa.io/en/stable/topics/configuration/#location
PIPS_FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf", os.path.join(sys.prefix, "pip.conf"))


def main(ecosystems: list[str]) -> None:
    home = tempfile.mkdtemp()
    mirrors = {name: os.environ[name] for name in MIRRORS if name in os.environ}
    environment = {"PATH": os.environ["PATH"], "HOME": home, **ENVIRONMENT, **mirrors}
    try:
        # All at once: most of the time goes into each one's start.
        asked = {ecosystem: [start(question, environment) for question in QUESTIONS[ecosystem]] for ecosystem in ecosystems}
        said = {ecosystem: [answer(process) for process in processes] for ecosystem, processes in asked.items()}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if "pypi" in said:
        said["pypi"] = pips_indexes(said["pypi"], mirrors, PIPS_FILES)
    json.dump(said, sys.stdout)


def start(question: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.Popen[bytes] | None:
    """None when there is no such package manager here."""
    if shutil.which(question[0]) is None:
        return None
    quiet = subprocess.DEVNULL
    return subprocess.Popen(question, env=environment, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet)


def answer(process: subprocess.Popen[bytes] | None) -> str:
    if process is None:
        return ""
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    return said.decode("utf-8", "replace") if process.returncode == 0 else ""


def pips_indexes(own: list[str], mirrors: Mapping[str, str], files: Iterable[str]) -> list[str]:
    """What pip's settings name, and its own index unless another one was set in its place."""
    first = [mirrors[name] for name in ("PIP_INDEX_URL",) if name in mirrors]
    more = [mirrors[name] for name in ("PIP_EXTRA_INDEX_URL",) if name in mirrors]
    settings = configparser.RawConfigParser()
    settings.read(files)
    for section in settings.sections():
        first += [value for key, value in settings.items(section) if key.replace("_", "-") == "index-url"]
        more += [value for key, value in settings.items(section) if key.replace("_", "-") == "extra-index-url"]
    return [*(first or own), *more]


if __name__ == "__main__":
    main(sys.argv[1:])
