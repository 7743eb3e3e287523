"""What an operator sees of a Harvest that is told to stop while agents are at work."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from github_app.operator.cli.serve import LONGEST_STOP_SECONDS
from tests.gateway.requests import talk
from tests.harvest_service import HarvestService
from tests.scene import Scene, commit, eventually

# The agent reads the model's answer for as long as it takes, as the CLI does, and asks again when it is cut off.
ASKING = """
cat > ask.py <<'END'
import json, os, time, urllib.request
url, headers = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", {"x-api-key": os.environ["ANTHROPIC_API_KEY"]}
headers |= {"content-type": "application/json", "anthropic-version": "2023-06-01"}
body = {"model": "claude-sonnet-5-5", "max_tokens": 100, "stream": True, "messages": [{"role": "user", "content": "hello"}]}
while True:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
            if b"message_stop" in answer.read():
                break
    except OSError:
        pass
    time.sleep(0.1)
END
python3 ask.py && rm ask.py
"""


@pytest.mark.further
def test_an_answer_that_is_still_being_given_is_cut_off_without_an_error_and_asked_for_again(scene: Scene) -> None:
    scene.model.play(talk('{ kind = "silence" }'))
    issue = scene.ask("Ask and wait", ASKING + commit("asked.txt"))
    eventually(lambda: scene.model.requests(), "the model is asked")
    scene.harvest.stop()
    assert len(scene.harvest.log_lines("answers that were cut off, and are asked for again: 1")) == 1
    assert '"level": "error"' not in scene.harvest.log()
    scene.model.release()
    scene.harvest.start()
    assert scene.wait_for_end(issue).outcome == "succeeded"


@pytest.mark.further
def test_it_ends_though_its_event_loop_stands_still(scene: Scene, tmp_path: Path) -> None:
    with another_harvest(scene, tmp_path, "tests.stuck") as stuck:
        assert stuck.process is not None
        with suppress(httpx.ReadTimeout):
            httpx.get(f"{stuck.url}/healthz", timeout=0.1, trust_env=False)
        assert stuck.process.stdout is not None
        assert stuck.process.stdout.readline() == "stands still\n"
        assert told_to_stop(stuck) == 1
        assert stuck.log_lines("stopping took too long: what was under way goes on at the next start")
    assert LONGEST_STOP_SECONDS < 10


@pytest.mark.further
def test_it_ends_though_nobody_reads_its_log_any_more(scene: Scene, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "harvest.log")
    reader = os.open(tmp_path / "harvest.log", os.O_RDONLY | os.O_NONBLOCK)
    with another_harvest(scene, tmp_path, "github_app") as unread:
        writer = os.open(tmp_path / "harvest.log", os.O_WRONLY | os.O_NONBLOCK)
        for size in (65536, 1):
            with suppress(BlockingIOError):
                while True:
                    os.write(writer, b" " * size)
        assert told_to_stop(unread) == 1
    os.close(writer)
    os.close(reader)


@contextmanager
def another_harvest(scene: Scene, folder: Path, program: str) -> Iterator[HarvestService]:
    """One beside the scene's, with the same settings."""
    env = {name: value for name, value in scene.harvest.env.items() if name not in ("HARVEST_STATE_DIR", "HARVEST_PORT")}
    service = HarvestService(folder, env, program)
    try:
        service.start()
        yield service
    finally:
        if service.running:
            service.kill()


def told_to_stop(service: HarvestService) -> int | None:
    """What it ends with; None if it does not."""
    assert service.process is not None
    service.process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        return service.process.wait(60)
    return None
