"""Which scene comes next, from the conversation alone, and which fault befalls it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

from emulators.plays.play import PLACEHOLDER, Act, Call, Fault, Play, Scene

_SHOWN_PROMPT_CHARACTERS = 200


class NotInPlay(Exception):
    """The plays have nothing for what was asked: a play that doesn't cover its prompt must be seen."""


class Conversation(Protocol):
    """What a client sent, as far as a play looks at it. `prompt` is the last thing that a person asked, `last_call_id` the id
    of the newest tool call since then, `offered` the tools that the client has, `results` how many answers of tools have come
    since the prompt, `last_result` the text of the newest, and `heard` what was said beside those."""

    @property
    def model(self) -> str: ...
    @property
    def prompt(self) -> str: ...
    @property
    def last_call_id(self) -> str | None: ...
    @property
    def offered(self) -> frozenset[str]: ...
    @property
    def results(self) -> int: ...
    @property
    def last_result(self) -> str: ...
    @property
    def heard(self) -> str: ...
    @property
    def working_directory(self) -> str | None: ...
    def whole_text(self) -> str: ...


@dataclass(frozen=True)
class Cue:
    """A scene to be played now: its text and calls with all values filled in."""

    play: Play
    act: Act
    scene: Scene
    say: str
    calls: tuple[Call, ...]
    fault: Fault | None

    @property
    def name(self) -> str:
        return f"{self.act.name}/{self.scene.name}"


class Stage:
    """Holds the plays. Only faults are counted here; where a conversation stands is read from the conversation."""

    def __init__(self, plays: tuple[Play, ...]) -> None:
        self.plays = plays
        self._requests = 0
        self._befallen: Counter[int] = Counter()

    def cue(self, conversation: Conversation) -> Cue:
        """What to answer. Raises NotInPlay when no act or scene fits."""
        self._requests += 1
        for play in self.plays:
            for act in play.acts:
                if re.search(act.prompt, conversation.prompt):
                    return self._next_scene(play, act, conversation)
        shown = conversation.prompt[:_SHOWN_PROMPT_CHARACTERS]
        titles = ", ".join(play.title for play in self.plays) or "none loaded"
        raise NotInPlay(f"no act of the plays ({titles}) answers the prompt {shown!r}")

    def _next_scene(self, play: Play, act: Act, conversation: Conversation) -> Cue:
        values = _values(play, conversation)
        for scene in act.scenes[_played(act, conversation.last_call_id) :]:
            calls = tuple(call for call in scene.calls if not call.optional or call.tool in conversation.offered)
            left_out_whole = bool(scene.calls) and not calls
            if left_out_whole or not _fits(scene, conversation):
                continue
            for call in calls:
                if call.tool not in conversation.offered:
                    raise NotInPlay(
                        f"scene {act.name}/{scene.name} calls {call.tool!r}, "
                        f"but the client offers {', '.join(sorted(conversation.offered)) or 'no tools'}",
                    )
            filled = tuple(Call(call.tool, _filled(call.input, values), call.optional) for call in calls)
            return Cue(play, act, scene, str(_filled(scene.say, values)), filled, self._fault(play, scene))
        raise NotInPlay(
            f"act {act.name!r} has no scene left after {conversation.results} tool results; "
            f"the last one said {conversation.last_result[:_SHOWN_PROMPT_CHARACTERS]!r}",
        )

    def _fault(self, play: Play, scene: Scene) -> Fault | None:
        for numbered in play.faults:
            if self._requests in numbered.requests:
                return numbered.fault
        fault = scene.fault
        if fault is None or (fault.times and self._befallen[id(scene)] >= fault.times):
            return None
        self._befallen[id(scene)] += 1
        return fault


def call_id(cue: Cue, suffix: str) -> str:
    """The id of a tool call: it says which scene made it, and `_played` reads it back."""
    return f"toolu_{cue.act.name}_{cue.scene.name}_{suffix}"


def _played(act: Act, last_call_id: str | None) -> int:
    """How many of the act's scenes are over: up to the one that made the last call."""
    if last_call_id is None:
        return 0
    prefix, _, rest = last_call_id.partition("_")
    act_name, _, rest = rest.partition("_")
    scene_name, _, _ = rest.partition("_")
    if prefix == "toolu" and act_name == act.name:
        for index, scene in enumerate(act.scenes):
            if scene.name == scene_name:
                return index + 1
    return 0


def _fits(scene: Scene, conversation: Conversation) -> bool:
    when = scene.when
    if when.results is not None and when.results != conversation.results:
        return False
    if when.offered is not None and when.offered not in conversation.offered:
        return False
    if when.last_result is not None and not re.search(when.last_result, conversation.last_result):
        return False
    return when.heard is None or re.search(when.heard, conversation.heard) is not None


def _values(play: Play, conversation: Conversation) -> dict[str, str]:
    values = {"model": conversation.model}
    if (directory := conversation.working_directory) is not None:
        values["cwd"] = directory
    whole = conversation.whole_text() if play.capture else ""
    for name, pattern in play.capture.items():
        for match in re.finditer(pattern, whole):
            values[name] = match[1]
    return values


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: _value(match[1], values), value)
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value


def _value(name: str, values: dict[str, str]) -> str:
    if name not in values:
        raise NotInPlay(f"the conversation has nothing for ${{{name}}} yet")
    return values[name]
