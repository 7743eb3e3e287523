r"""What the model will say and do, written down as data: the schema of a play, and reading one with errors that help.

A play is a TOML file, because a play is mostly text that must arrive exactly as written: TOML's triple-quoted strings keep
every space of a code edit and mean nothing by indentation, comments are allowed, and Python's own library reads it.

    title = "Greets"

    [capture]                                  # optional: names for what a conversation contains
    task = 'Task #(\d+) created'               # the last match's first group is ${task} from then on

    [[acts]]                                   # the first act whose prompt matches plays
    name = "greet"
    prompt = '(?i)say hello'                   # a regular expression, searched in the last prompt

    [[acts.scenes]]                            # one scene an answer, in order
    name = "write"
    say = "I will write the greeting."
    [[acts.scenes.calls]]
    tool = "Write"
    input = { file_path = "${cwd}/hello.txt", content = "hello" }

    [[acts.scenes]]
    name = "done"
    say = "Said hello."
    usage = { input = 10, output = 5 }

The scene to play follows from the conversation alone: a call's id carries its act and scene, so the answer after it is the
next scene whose `when` holds. A conversation therefore goes on where it was after a restart, a retry or a resume.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

StopReason = Literal["end_turn", "tool_use", "max_tokens", "stop_sequence", "refusal", "pause_turn"]

# `${cwd}` is the working directory that the CLI tells its model, `${model}` the model that was asked for.
BUILT_IN_VALUES = frozenset({"cwd", "model"})
PLACEHOLDER = re.compile(r"\$\{([a-z_]+)\}")
# Names travel inside tool call ids, for which Anthropic allows letters, digits, "_" and "-"; "_" separates them there.
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class PlayError(Exception):
    """A play can't be used; the message names the file, the place in it and what is wrong."""


class Usage(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Tokens that an answer reports. Without it, a scene counts four characters to a token."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Refuse(msgspec.Struct, tag_field="kind", tag="refuse", forbid_unknown_fields=True, frozen=True):
    """Answer with an error instead. `retry_after` (seconds) becomes the header of that name."""

    status: int
    message: str | None = None
    retry_after: int | None = None
    times: int = 1


class Cut(msgspec.Struct, tag_field="kind", tag="cut", forbid_unknown_fields=True, frozen=True):
    """Close the connection after that many events of the stream."""

    after_events: int
    times: int = 1


class Slow(msgspec.Struct, tag_field="kind", tag="slow", forbid_unknown_fields=True, frozen=True):
    """Wait so long (seconds) before each event."""

    seconds: float
    times: int = 1


class Silence(msgspec.Struct, tag_field="kind", tag="silence", forbid_unknown_fields=True, frozen=True):
    """Say nothing more after that many events until the client goes away, or `POST /_emulator/release` lets it go on.

    Without `after_events` not even the status line is sent.
    """

    after_events: int | None = None
    times: int = 1


class Flood(msgspec.Struct, tag_field="kind", tag="flood", forbid_unknown_fields=True, frozen=True):
    """Put that many mebibytes of text in front of what the scene says."""

    mebibytes: int
    times: int = 1


# `times` in each: how many requests it befalls before the scene is played as written; 0 is every one.
Fault = Refuse | Cut | Slow | Silence | Flood


class Call(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One tool call. An `optional` one is left out when the client doesn't offer the tool; any other one is then an error."""

    tool: str
    input: dict[str, Any] = {}
    optional: bool = False


class When(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What must be so for a scene to be played; a scene that doesn't fit is passed over.

    `last_result`: a regular expression, searched in the text of the newest tool results. `results`: how many tool results
    have come since the prompt. `heard`: a regular expression, searched in what was said beside those results. `offered`: a
    tool that the client has to offer.
    """

    last_result: str | None = None
    results: int | None = None
    heard: str | None = None
    offered: str | None = None


class Page(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A page that a search found."""

    title: str
    uri: str


class Grounding(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the model asked of Google Search, the pages that its answer rests on, and how many tokens they had."""

    queries: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    tokens: int = 0


class Scene(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One answer of the model: text, then tool calls. It stops with `tool_use` if it has calls, else `end_turn`. The emulated
    Gemini alone has `grounding`, where the client lets it search."""

    name: str
    when: When = When()
    say: str = ""
    calls: tuple[Call, ...] = ()
    usage: Usage | None = None
    stop: StopReason | None = None
    fault: Fault | None = None
    grounding: Grounding | None = None


class Act(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The answers to one kind of prompt."""

    name: str
    prompt: str
    scenes: tuple[Scene, ...]


class NumberedFault(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A fault that befalls requests by their number, whatever scene they meet: 1 is the first since the play was loaded."""

    requests: tuple[int, ...]
    fault: Fault


class Play(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One file."""

    title: str
    acts: tuple[Act, ...] = ()
    capture: dict[str, str] = {}
    faults: tuple[NumberedFault, ...] = ()


def parse_play(text: str, *, origin: str) -> Play:
    """Read a play; `origin` names it in errors. Raises PlayError."""
    try:
        play = msgspec.toml.decode(text, type=Play)
    except msgspec.DecodeError as error:
        raise PlayError(f"{origin}: {error}") from None
    for problem in _problems(play):
        raise PlayError(f"{origin}: {problem}")
    return play


def read_play(path: Path) -> Play:
    """Read a play from its file. Raises PlayError, also when there is no such file."""
    try:
        return parse_play(path.read_text(encoding="utf-8"), origin=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise PlayError(f"{path}: can't be read: {error}") from None


def _problems(play: Play) -> Iterable[str]:
    """What the schema alone can't say, the first problem first."""
    known = BUILT_IN_VALUES | play.capture.keys()
    for name, pattern in play.capture.items():
        yield from _bad_pattern(f"capture.{name}", pattern, groups=1)
    if duplicate := _duplicate(act.name for act in play.acts):
        yield f"two acts are named {duplicate!r}"
    for act in play.acts:
        yield from _bad_name(f"act {act.name!r}", act.name)
        yield from _bad_pattern(f"act {act.name!r}: prompt", act.prompt)
        if not act.scenes:
            yield f"act {act.name!r} has no scenes"
        if duplicate := _duplicate(scene.name for scene in act.scenes):
            yield f"act {act.name!r}: two scenes are named {duplicate!r}"
        for scene in act.scenes:
            yield from _scene_problems(f"act {act.name!r}, scene {scene.name!r}", scene, known)


def _scene_problems(where: str, scene: Scene, known: Iterable[str]) -> Iterable[str]:
    yield from _bad_name(where, scene.name)
    for field in ("last_result", "heard"):
        if (pattern := getattr(scene.when, field)) is not None:
            yield from _bad_pattern(f"{where}: when.{field}", pattern)
    if not scene.say and not scene.calls:
        yield f"{where}: neither says nor calls anything"
    for text in (scene.say, *(text for call in scene.calls for text in _texts(call.input))):
        for name in PLACEHOLDER.findall(text):
            if name not in known:
                yield f"{where}: ${{{name}}} is not captured; known are {', '.join(sorted(known))}"


def _bad_name(where: str, name: str) -> Iterable[str]:
    if not NAME.fullmatch(name):
        yield f"{where}: a name is made of small letters, digits and single hyphens"


def _bad_pattern(where: str, pattern: str, *, groups: int = 0) -> Iterable[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        yield f"{where}: {pattern!r} is not a regular expression: {error}"
    else:
        if compiled.groups < groups:
            yield f"{where}: {pattern!r} needs a group (…) around what to capture"


def _duplicate(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _texts(value: object) -> Iterable[str]:
    """Every string inside a call's input."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
