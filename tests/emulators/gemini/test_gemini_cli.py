"""Google's own CLI, `@google/gemini-cli`, against the emulated Gemini: a client that nobody here wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.gemini_service import GeminiService

pytestmark = pytest.mark.campaign

PACKAGE = "@google/gemini-cli@0.61.0"
# It is 100 MB from a registry.
INSTALL_SECONDS = 600

PLAY = """
title = "Look at a file"
[[acts]]
name = "look"
prompt = "what the file says"
[[acts.scenes]]
name = "read"
say = "I will look."
calls = [{ tool = "read_file", input = { file_path = "${cwd}/note.txt" } }]
[[acts.scenes]]
name = "write"
when = { last_result = "marigold" }
calls = [{ tool = "write_file", input = { file_path = "${cwd}/copy.txt", content = "marigold\\n" } }]
[[acts.scenes]]
name = "done"
say = "It says marigold."
"""
SETTINGS = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "general": {"enableAutoUpdate": False},
    "privacy": {"usageStatisticsEnabled": False},
}


@pytest.fixture(scope="module")
def gemini_cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here")
    folder = tmp_path_factory.mktemp("gemini-cli")
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), PACKAGE]
    subprocess.run(install, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    return folder / "node_modules" / ".bin" / "gemini"


def test_it_reads_and_writes_as_the_play_says(gemini_cli: Path, gemini: GeminiService, tmp_path: Path) -> None:
    gemini.play(PLAY)
    home, work = tmp_path / "home", tmp_path / "work"
    (home / ".gemini").mkdir(parents=True)
    (home / ".gemini" / "settings.json").write_text(json.dumps(SETTINGS))
    work.mkdir()
    (work / "note.txt").write_text("marigold\n")
    asked = ["-p", "Tell me what the file says", "--output-format", "json", "--approval-mode", "yolo", "--skip-trust"]
    ended = subprocess.run(
        [str(gemini_cli), *asked],
        cwd=work,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "GEMINI_CLI_NO_RELAUNCH": "true", **gemini.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["response"] == "It says marigold."
    assert (work / "copy.txt").read_text() == "marigold\n"
    assert gemini.scenes() == ["look/read", "look/write", "look/done"]
    assert [request["status"] for request in gemini.requests() if request["status"] != 200] == []
