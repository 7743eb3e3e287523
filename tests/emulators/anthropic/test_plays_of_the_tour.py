"""The plays of the demo's tour do to its repository what they say: carried out by hand instead of by the CLI, in a second."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulators.anthropic.conversation import Conversation, Message, Tool
from emulators.plays.play import Call, read_play
from emulators.plays.stage import Cue, Stage, call_id
from github_app.domain.plan import estimate_in, shortcomings
from github_app.operator.demo import performance, proof, tour
from tests.anthropic_service import PLAYS, ROOT

SEED = ROOT / "emulators" / "github" / "seed" / "timespan"
TOOLS = [Tool(name) for name in ("Bash", "Edit", "Read", "TaskCreate", "TaskUpdate", "give_findings")]
PLAN_FILE = ".claude/plans/harvest/2-x/plan_1.md"


class Hands:
    """What the CLI would do: keeps the conversation, and carries out in `folder` what the model calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = Stage(tuple(read_play(PLAYS / name) for name in (*tour.PLAYS, *performance.PLAYS)))
        self.messages: list[Message] = []

    def ask(self, prompt: str) -> str:
        """The model's last words."""
        self.messages.append(Message("user", prompt))
        while (cue := self._cue()).calls:
            self._do(cue)
        self.messages.append(Message("assistant", cue.say))
        return cue.say

    def _cue(self) -> Cue:
        system = f"Working directory: {self.folder}"
        return self.stage.cue(Conversation("claude", self.messages, system=system, tools=TOOLS))

    def _do(self, cue: Cue) -> None:
        calls: list[dict[str, Any]] = []
        results: list[dict[str, Any]] = []
        for number, call in enumerate(cue.calls):
            id_ = call_id(cue, str(number))
            calls.append({"type": "tool_use", "id": id_, "name": call.tool, "input": call.input})
            results.append({"type": "tool_result", "tool_use_id": id_, "content": DOES[call.tool](self.folder, call)})
        self.messages += [Message("assistant", [{"type": "text", "text": cue.say}, *calls]), Message("user", results)]


def run(folder: Path, call: Call) -> str:
    shell = ("bash", "-c", str(call.input["command"]))
    return subprocess.run(shell, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def edit(folder: Path, call: Call) -> str:
    """As the CLI does: what is replaced must be there once."""
    path = Path(str(call.input["file_path"]))
    text = path.read_text()
    assert text.count(call.input["old_string"]) == 1, f"{path.name}: {call.input['old_string']!r}"
    path.write_text(text.replace(call.input["old_string"], call.input["new_string"]))
    return "edited"


DOES: dict[str, Callable[[Path, Call], str]] = {
    "Bash": run,
    "Edit": edit,
    "Read": lambda folder, call: Path(str(call.input["file_path"])).read_text(),
    "TaskCreate": lambda folder, call: (
        f"Task #{len(str(call.input['subject']))} created successfully: {call.input['subject']}"
    ),
    "TaskUpdate": lambda folder, call: "updated",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's repository as it is at the start, with the file of an approved plan."""
    for state in sorted(SEED.iterdir()):
        if state.is_dir():
            shutil.copytree(state, tmp_path, dirs_exist_ok=True)
    for arguments in (("init", "-q"), ("config", "user.name", "H"), ("config", "user.email", "h@example.com"), ("add", "-A")):
        subprocess.run(("git", *arguments), cwd=tmp_path, check=True)
    subprocess.run(("git", "commit", "-q", "-m", "as it was"), cwd=tmp_path, check=True)
    (tmp_path / PLAN_FILE).parent.mkdir(parents=True)
    (tmp_path / PLAN_FILE).write_text("The plan.\n\n## Implementation\n\nNot begun.\n")
    return tmp_path


def test_each_part_of_the_tour_does_what_it_says(folder: Path) -> None:
    hands = Hands(folder)
    plan = hands.ask("The issue says format_span(119.6) is 1m 60s. mira-okafor asks you for a plan on issue #2.")
    assert shortcomings(plan) == []
    assert (estimate_in(plan) or 0) > 0
    assert [call.tool for call in Hands(folder).stage.cue(asked("This is the plan: …")).calls] == ["give_findings"]

    hands.ask(f"mira-okafor approves plan v1 on issue #2.\n\n{plan}\n\nThe plan lies in `{PLAN_FILE}`.")
    assert "Not begun" not in (folder / PLAN_FILE).read_text()
    assert passes(folder, *proof.TESTS)
    assert passes(folder, *tour.EXAMPLES)
    assert tour.LINE in (folder / tour.FILE).read_text()

    hands.ask(f"mira-okafor asks, on a line: {tour.ON_A_LINE}")
    assert passes(folder, *proof.TESTS), "what the agent runs"
    assert not passes(folder, *tour.EXAMPLES), "what CI runs besides"

    hands.ask("The check unittest ended with: failure.\n\nfix 1 failing check\n\nWhat was said by each stands above.")
    assert passes(folder, *proof.TESTS)
    assert passes(folder, *tour.EXAMPLES)
    status = subprocess.run(("git", "status", "--porcelain"), cwd=folder, check=True, capture_output=True).stdout
    assert status == b"", "all of it is committed"


def asked(prompt: str) -> Conversation:
    return Conversation("claude", [Message("user", prompt)], tools=TOOLS)


def passes(folder: Path, *arguments: str) -> bool:
    return subprocess.run((sys.executable, "-B", *arguments), cwd=folder, capture_output=True).returncode == 0
