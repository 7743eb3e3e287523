"""Plays as files: what is wrong with one is said before it is played."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emulators.anthropic.conversation import Conversation, Message, Tool, read_conversation
from emulators.plays.play import PlayError, parse_play, read_play
from emulators.plays.stage import Stage
from tests.anthropic_service import PLAYS, ROOT
from tests.emulators.anthropic.conversations import TALK, TOOL, body, tools


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = 1", "Expected `str`, got `int` - at `$.title`"),
        ("title = ", "Invalid value"),
        ("", "missing required field `title`"),
        (TALK + "sya = 1", "unknown field `sya`"),
        (TALK.replace('"hello"', '"(hello"'), "act 'talk': prompt: '(hello' is not a regular expression"),
        (TALK.replace('"talk"', '"Talk Show"'), "act 'Talk Show': a name is made of small letters"),
        (TALK.replace("say = ", "stop = "), "Invalid enum value"),
        (TALK + 'fault = { kind = "fire" }', "Invalid value 'fire'"),
        (TALK + TALK.replace('title = "Talk"', ""), "two acts are named 'talk'"),
        (TOOL.replace("done", "call"), "act 'tool': two scenes are named 'call'"),
        (TOOL.replace("${cwd}", "${home}"), "act 'tool', scene 'call': ${home} is not captured; known are cwd, model"),
        (TOOL.replace('say = "It is there."', ""), "act 'tool', scene 'done': neither says nor calls anything"),
        (TOOL.replace("(?i)no", "*"), "when.last_result: '* such file' is not a regular expression"),
        ('title = "x"\n[capture]\nhome = "no group"', "capture.home: 'no group' needs a group"),
        ('title = "x"\n[[acts]]\nname = "a"\nprompt = "."\nscenes = []', "act 'a' has no scenes"),
    ],
)
def test_a_play_that_cant_be_played_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(PlayError) as refused:
        parse_play(text, origin="some.toml")

    assert str(refused.value).startswith("some.toml: ")
    assert problem in str(refused.value)


@pytest.mark.parametrize("path", sorted(PLAYS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_play_of_the_house_can_be_played(path: Path) -> None:
    assert read_play(path).acts


def test_the_command_says_in_one_line_which_play_is_missing() -> None:
    command = [sys.executable, "-m", "emulators.anthropic", "--play", "missing.toml"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 2
    assert ended.stderr.startswith("python -m emulators.anthropic: missing.toml: can't be read: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("prompt", "scene"),
    [
        ("Do what this says: format_span(119.6) gives '1m 60s'", "fix/plan"),
        ("also write -0.4 as `0s`: it comes out as `-0s`", "also/plan"),
        ("Previous conversation:\nuser: it gives '1m 60s'\nassistant: Done\n\nUser: also no `-0s`", "also/plan"),
        ("What is the weather like?", "unscripted/say-so"),
    ],
)
def test_the_demos_plays_know_their_prompts_with_or_without_the_conversation_before(prompt: str, scene: str) -> None:
    stage = Stage(tuple(read_play(path) for path in sorted(PLAYS.glob("*.toml"))))
    request = body(prompt, tools=tools("TaskCreate", "TaskUpdate", "Read", "Edit", "Bash"), system="Working directory: /w")

    assert stage.cue(read_conversation(json.dumps(request).encode())).name == scene


@pytest.mark.parametrize(("browser", "scene"), [(["mcp__chrome__take_screenshot"], "also/look"), ([], "also/test")])
def test_the_demos_follow_up_takes_a_picture_where_there_is_a_browser(browser: list[str], scene: str) -> None:
    offered = [
        Tool(name)
        for name in ("Bash", "Edit", *browser, "mcp__chrome__navigate_page", "mcp__harvest__attach_screenshot", "TaskUpdate")
    ]
    planned = Message("assistant", [{"type": "tool_use", "id": "toolu_also_plan_1", "name": "Bash", "input": {}}])
    made = "Task #1 created successfully: Decide the sign after rounding"
    answered = Message("user", [{"type": "tool_result", "tool_use_id": "toolu_also_plan_1", "content": made}])
    asked = Conversation(
        "claude", [Message("user", "not -0s"), planned, answered], system="Working directory: /w", tools=offered
    )
    assert Stage((read_play(PLAYS / "timespan-also.toml"),)).cue(asked).name == scene
