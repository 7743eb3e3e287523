"""Which of an agent's commands are tests, whose exit code is told of them, and whether anything was edited since."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.domain.evidence import MAX_RUNS, Evidence, EvidenceSeen, SeenRun, evidence_in
from github_app.domain.shell_tests import where_a_test_stands
from sandbox.stream import StreamEvent, ToolAnswered, ToolCalled, read_line
from state.evidence_ledger import RunRow


@pytest.mark.parametrize(
    "command",
    [
        *("pytest", "pytest -n 2 tests/a.py", ".venv/bin/pytest -q", "python -m pytest", "python3.12 -m unittest -v"),
        *("FOO=1 BAR=x pytest", "uv run pytest", "poetry run pytest -x", "timeout 60 pytest", "bundle exec rspec", "npx jest"),
        *("coverage run -m pytest", "python manage.py test", "./manage.py test app", "go test ./...", "cargo test --all"),
        *("npm test", "npm run test", "npm run test:unit", "yarn test", "pnpm run test -- --ci", "bun test", "deno test"),
        *("make test", "make -j4 check", "make -C sub test", "just test-unit", "./gradlew test", "mvn -q verify", "tox"),
        *("cd app && npm test", "pip install x; pytest", "pytest 2>&1", "pytest > out.txt 2>&1", "true && \\\n pytest"),
        *("sudo -E pytest", "cd app\nmake test"),
    ],
)
def test_a_line_that_ends_with_a_test_is_one_whose_exit_code_is_the_tests(command: str) -> None:
    assert where_a_test_stands(command) == "last"


@pytest.mark.parametrize(
    "command",
    [
        *("", "ls", "echo pytest", "cat pytest.ini", "pip install pytest", "pytest --version", "make build", "npm run build"),
        *("grep -r pytest .", "git commit -m 'run make test'", "cat > x.sh <<EOF\npytest\nEOF", "make", "npm install test"),
        *("'unbalanced", "pytest " + "x" * 3_000, "go build ./...", "python tests.py", "# pytest", "which pytest"),
    ],
)
def test_what_only_has_a_tests_name_in_it_is_none(command: str) -> None:
    assert where_a_test_stands(command) is None


@pytest.mark.parametrize(
    "command", ["pytest | tail -5", "pytest; echo done", "pytest || true", "pytest &", "make test\necho $?"]
)
def test_a_code_of_something_behind_the_test_is_not_the_tests(command: str) -> None:
    assert where_a_test_stands(command) == "something behind it"


def test_the_repositorys_own_commands_are_tests_whatever_they_are_called() -> None:
    assert where_a_test_stands("cd x && ./ci/verify.sh --fast", ("./ci/verify.sh",)) == "last"
    assert where_a_test_stands("./ci/verify.sh") is None


Step = tuple[str, str, int]


def ran(command: str, code: int = 0) -> Step:
    return ("Bash", command, code)


def edited(path: str, code: int = 0) -> Step:
    return ("Edit", path, code)


def seen(*steps: Step) -> Evidence:
    fold = EvidenceSeen()
    for number, (tool, given_, code) in enumerate(steps):
        for event in called_and_answered(str(number), tool, given_, code):
            fold.follow(event)
    return evidence_of(fold)


def evidence_of(fold: EvidenceSeen) -> Evidence:
    return Evidence(tuple(fold.runs), fold.total, fold.edited_since)


def called_and_answered(id_: str, tool: str, given_: str, code: int) -> tuple[StreamEvent, StreamEvent]:
    call = ToolCalled(id_, tool, {"command" if tool == "Bash" else "file_path": given_})
    return call, ToolAnswered(id_, f"Exit code {code}\n1 failed" if code else "fine", is_error=bool(code))


def test_the_runs_are_told_with_their_codes_and_an_edit_after_the_last_one_is_seen() -> None:
    edits = [edited("a.py"), ran("pytest", 1), edited("a.py"), ran("pytest && echo good", 0), ran("ls")]
    assert seen(*edits) == Evidence((SeenRun("pytest", 1), SeenRun("pytest && echo good", 0)), 2)
    assert seen(*edits, edited("b.py")).edited_since
    assert not seen(*edits, edited("b.py", 1)).edited_since, "that edit was refused"
    assert seen(ran("pytest && deploy", 3)).runs == (SeenRun("pytest && deploy", 3, "line"),)


def test_what_an_agent_claims_is_no_evidence() -> None:
    fold = EvidenceSeen()
    for event in read_line(json.dumps({"type": "assistant", "message": {"content": "I ran pytest, exit code 0"}}).encode()):
        fold.follow(event)
    assert evidence_of(fold) == Evidence()


def test_a_test_in_the_background_and_one_that_was_cut_off_did_not_end() -> None:
    fold = EvidenceSeen()
    fold.follow(ToolCalled("1", "Bash", {"command": "pytest", "run_in_background": True}))
    fold.follow(ToolAnswered("1", "Command running in background", is_error=False))
    fold.follow(ToolCalled("2", "Bash", {"command": "pytest"}))
    assert evidence_of(fold) == Evidence((SeenRun("pytest", None),), 1)


def test_an_edit_while_the_test_ran_is_later_than_it() -> None:
    fold = EvidenceSeen()
    test, edit = called_and_answered("1", "Bash", "pytest", 0), called_and_answered("2", "Edit", "a.py", 0)
    for event in (test[0], *edit, test[1]):
        fold.follow(event)
    assert fold.edited_since


@pytest.mark.parametrize(
    ("first", "second", "since"),
    [
        ([ran("pytest")], [edited("a")], True),
        ([ran("pytest")], [ran("ls")], False),
        ([ran("pytest"), edited("a")], [], True),
        ([ran("pytest"), edited("a")], [edited("b"), ran("pytest")], False),
        ([edited("a")], [edited("b")], False),
    ],
)
def test_two_jobs_on_a_branch_are_one_evidence(first: list[Step], second: list[Step], since: bool) -> None:
    both = seen(*first).then(seen(*second))
    assert both.ended or not since
    assert (both.ended and both.edited_since) == since


OURS, OTHER = "a" * 40, "b" * 40


def by_harvest(code: int | None, tree: str, after: str = "", *, whole: bool = True) -> SeenRun:
    return SeenRun("make test", code, source="harvest", whole=whole, tree=tree, tree_after=after)


def in_the_shell(code: int, after: str) -> SeenRun:
    return SeenRun("make test", code, tree_after=after)


@pytest.mark.parametrize(
    ("runs", "edited", "predates", "passes"),
    [
        ([by_harvest(0, OURS)], True, False, True),
        ([by_harvest(0, OTHER, OURS)], True, False, True),
        ([by_harvest(0, OTHER)], False, True, False),
        ([by_harvest(1, OURS)], False, False, False),
        ([by_harvest(None, OURS)], False, False, False),
        ([in_the_shell(0, OURS)], True, False, True),
        ([in_the_shell(0, OTHER)], False, True, False),
        ([in_the_shell(0, "")], True, True, False),
        ([in_the_shell(0, "")], False, False, True),
        # What Harvest ran on it counts more than what a shell shows afterwards.
        ([by_harvest(1, OURS), in_the_shell(0, OURS)], False, False, False),
        ([by_harvest(1, OTHER), in_the_shell(0, OURS)], False, False, True),
        ([by_harvest(1, OURS), by_harvest(0, OURS, whole=False)], False, False, False),
        ([], False, False, False),
    ],
)
def test_runs_count_for_the_files_that_they_were_on(runs: list[SeenRun], edited: bool, predates: bool, passes: bool) -> None:
    evidence = Evidence(tuple(runs), len(runs), edited)
    assert (evidence.predates_edits(OURS), evidence.shows_that_tests_pass(OURS)) == (predates, passes)


def test_no_number_of_runs_in_a_shell_takes_one_of_harvests_out_of_sight() -> None:
    row = RunRow("j", "harvest", 1, "make test", "test", True, 1.0, 2.0, 1, OURS, OURS, ["a"])
    shell = [replace(row, source="shell", number=number, exit_code=0, code_of="line") for number in range(MAX_RUNS + 9)]
    evidence = evidence_in([row, *shell], seen=MAX_RUNS + 9, edited_since=False)
    assert (evidence.runs[0].source, evidence.runs[0].failed) == ("harvest", ("a",))
    assert (evidence.runs[1].of, len(evidence.runs), evidence.total) == ("line", MAX_RUNS + 1, MAX_RUNS + 10)
    assert evidence.then(evidence).runs[0].source == "harvest"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["Bash", "Edit", "tool_use", "pytest |"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
calls = st.fixed_dictionaries(
    {
        "type": st.just("tool_use"),
        "id": st.sampled_from("123"),
        "name": st.sampled_from(["Bash", "Edit", "Task"]),
        "input": anything,
    }
)
answers = st.fixed_dictionaries({"type": st.just("tool_result"), "tool_use_id": st.sampled_from("123"), "content": anything})
messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["assistant", "user"]), "message": st.fixed_dictionaries({"content": st.lists(calls | answers)})}
)


@given(st.lists(anything | messages, max_size=30))
def test_no_stream_makes_it_fail_or_grow(documents: list[object]) -> None:
    fold = EvidenceSeen(("make test",))
    for document in documents:
        for event in read_line(json.dumps(document).encode()):
            fold.follow(event)
    assert len(fold.runs) <= MAX_RUNS


@given(st.text(alphabet="pytest make;&|<>'\"\\\n$()#= -\x00é", max_size=80))
def test_no_command_makes_it_fail(command: str) -> None:
    where_a_test_stands(command, (command,))
