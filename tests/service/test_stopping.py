"""What an operator sees of a Harvest that is told to stop while agents are at work."""

from __future__ import annotations

import pytest

from tests.gateway.requests import talk
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
