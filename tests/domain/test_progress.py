"""Progress: what the agent's events fold into."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from github_app.domain.progress import REPORT_PROGRESS, Progress
from sandbox.stream import read_line


def assistant(name: str, given_input: dict[str, str], call: str = "t1") -> dict[str, Any]:
    block = {"type": "tool_use", "id": call, "name": name, "input": given_input}
    return {"type": "assistant", "message": {"content": [block]}}


def answer(text: str, call: str = "t1", is_error: bool = False) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": is_error}
    return {"type": "user", "message": {"content": [block]}}


def progress_of(*documents: dict[str, Any]) -> Progress:
    progress = Progress()
    for document in documents:
        for event in read_line(json.dumps(document).encode()):
            progress.follow(event)
    return progress


def test_the_plan_is_built_from_the_agents_own_tasks() -> None:
    progress = progress_of(
        assistant("TaskCreate", {"subject": "Find the bug", "description": "…"}, "a"),
        answer("Task #1 created successfully: Find the bug", "a"),
        assistant("TaskCreate", {"subject": "Fix it", "description": "…"}, "b"),
        answer("Task #2 created successfully: Fix it", "b"),
        assistant("TaskUpdate", {"taskId": "1", "status": "completed"}, "c"),
        assistant("TaskUpdate", {"taskId": "2", "status": "in_progress"}, "d"),
        assistant("TaskUpdate", {"taskId": "9", "status": "completed"}, "e"),
    )
    assert [(task.title, task.status) for task in progress.tasks.values()] == [
        ("Find the bug", "completed"),
        ("Fix it", "in_progress"),
    ]


def test_a_command_is_kept_with_its_exit_code() -> None:
    progress = progress_of(
        assistant("Bash", {"command": "make test"}, "a"),
        answer("Exit code 2\nboom", "a", is_error=True),
        assistant("Bash", {"command": "make test"}, "b"),
        answer("ok", "b"),
        assistant("Bash", {"command": "sleep 100"}, "c"),
    )
    assert [(ran.command, ran.exit_code) for ran in progress.commands] == [
        ("make test", 2),
        ("make test", 0),
        ("sleep 100", None),
    ]


def test_a_command_that_was_refused_has_no_exit_code() -> None:
    progress = progress_of(assistant("Bash", {"command": "rm -rf /"}), answer("Permission denied", is_error=True))
    assert progress.commands[0].exit_code is None


def test_the_activity_says_what_is_done_without_paths_of_the_sandbox() -> None:
    progress = progress_of(assistant("Edit", {"file_path": "/workspace/src/slugs/core.py"}))
    assert progress.activity == "editing `slugs/core.py`"


def test_where_it_says_that_it_is_stands_until_it_says_something_else() -> None:
    said = assistant(REPORT_PROGRESS, {"doing": "Finding the `bug`\nand more"}, "a")
    progress = progress_of(said, assistant("Read", {"file_path": "/workspace/src/a.py"}, "b"))
    assert (progress.reported, progress.activity) == ("Finding the 'bug'…", "reading `src/a.py`")
    assert progress_of(said, {"type": "result", "is_error": False, "result": "Done"}).reported == ""


def test_the_last_words_are_those_of_the_result() -> None:
    said = {"type": "assistant", "message": {"content": [{"type": "text", "text": "Working"}]}}
    assert progress_of(said).last_words == "Working"
    assert progress_of(said, {"type": "result", "is_error": False, "result": "Done"}).last_words == "Done"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(
    st.lists(
        st.sampled_from(["assistant", "user", "result", "system"]).flatmap(
            lambda kind: st.fixed_dictionaries(
                {"type": st.just(kind), "message": JSON, "subtype": JSON, "usage": JSON, "result": JSON}
            )
        )
    )
)
def test_whatever_the_agent_writes_is_followed_without_an_error(documents: list[dict[str, Any]]) -> None:
    progress_of(*documents)
