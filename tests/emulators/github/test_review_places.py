"""Where review comments stand, as githubkit's models read it: when they are made, and after pushes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from githubkit.exception import RequestFailed

from tests.emulators.github.git_client import GitClient
from tests.emulators.github.githubkit_client import client_of, refusal
from tests.github_service import GitHubService

BEFORE = [f"line {number}" for number in range(1, 41)]
# Two hunks: line 3 rewritten, two lines more behind line 30, line 35 gone.
AFTER = [*BEFORE[:2], "line three", *BEFORE[3:30], "new 1", "new 2", *BEFORE[30:34], *BEFORE[35:]]

_numbers = itertools.count(1)


class Pull:
    """A pull request that changes one file, and who comments on it."""

    def __init__(self, github: GitHubService, after: list[str] = AFTER) -> None:
        roles = {github.maintainer.login: "maintain", github.reader.login: "read"}
        self.github = github
        self.name = github.add_repository(f"placed-{next(_numbers)}", files={"f.txt": text(BEFORE)}, roles=roles)
        self.owner, self.repo = self.name.split("/")
        self.head = self.push(after)
        asked = {"title": "x", "head": "fix", "base": "main"}
        self.number = int(github.maintainer.post(f"/repos/{self.name}/pulls", asked)["number"])
        self.reader = client_of(github, github.reader)

    def push(self, lines: list[str], branch: str = "fix", path: str = "f.txt") -> str:
        return self.github.push(self.name, branch, {path: text(lines)}, self.github.maintainer)

    def comment(self, **place: Any) -> Any:
        asked = {"commit_id": self.head, "path": "f.txt", "body": "?", **place}
        return self.reader.rest.pulls.create_review_comment(self.owner, self.repo, self.number, data=asked).parsed_data

    def now(self, comment: Any) -> Any:
        return self.reader.rest.pulls.get_review_comment(self.owner, self.repo, comment.id).parsed_data


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


@pytest.fixture
def pull(github: GitHubService) -> Pull:
    return Pull(github)


@pytest.fixture(scope="module")
def untouched(running: GitHubService) -> Pull:
    """For those who only add comments to it, or try to."""
    return Pull(running)


@pytest.mark.parametrize(
    ("place", "line", "side", "position", "hunk"),
    [
        ({"line": 3}, 3, "RIGHT", 4, "@@ -1,6 +1,6 @@\n line 1\n line 2\n-line 3\n+line three"),
        ({"line": 3, "side": "LEFT"}, 3, "LEFT", 3, "@@ -1,6 +1,6 @@\n line 1\n line 2\n-line 3"),
        ({"line": 28}, 28, "RIGHT", 9, "@@ -28,11 +28,12 @@ line 27\n line 28"),
        ({"line": 35, "side": "LEFT"}, 35, "LEFT", 18, None),
        ({"position": 4}, 3, "RIGHT", 4, None),
        ({"position": 3}, 3, "LEFT", 3, None),
    ],
)
def test_a_comment_stands_at_its_line_with_its_own_hunk(
    github: GitHubService, untouched: Pull, place: dict[str, Any], line: int, side: str, position: int, hunk: str | None
) -> None:
    made = untouched.comment(**place)
    assert (made.line, made.original_line, made.side) == (line, line, side)
    assert (made.position, made.original_position) == (position, position)
    assert made.diff_hunk.endswith(hunk or "")
    assert hunk is None or made.diff_hunk == hunk


def test_a_comment_can_be_about_several_lines_and_about_a_whole_file(github: GitHubService, untouched: Pull) -> None:
    lines = untouched.comment(line=32, start_line=30, start_side="RIGHT")
    assert (lines.start_line, lines.original_start_line, lines.line, lines.start_side) == (30, 30, 32, "RIGHT")
    both = untouched.comment(line=3, start_line=3, side="RIGHT", start_side="LEFT")
    assert (both.start_side, both.side) == ("LEFT", "RIGHT")
    whole = untouched.comment(subject_type="file")
    assert (whole.subject_type, whole.line, whole.original_line) == ("file", None, None)


DIFF_HUNK = {
    "resource": "PullRequestReviewComment",
    "code": "missing_field",
    "field": "pull_request_review_thread.diff_hunk",
}


@pytest.mark.parametrize(
    ("place", "code", "field", "message"),
    [
        ({"line": 9999}, "custom", "line", "pull_request_review_thread.line must be part of the diff"),
        ({"line": 10}, "custom", "line", "pull_request_review_thread.line must be part of the diff"),
        ({"line": 3, "path": "README.md"}, "invalid", "path", None),
        ({"position": 99}, "invalid", "position", None),
        ({}, "custom", "line", "pull_request_review_thread.line must be part of the diff"),
    ],
)
def test_a_place_outside_of_the_difference_is_refused_in_githubs_words(
    github: GitHubService, untouched: Pull, place: dict[str, Any], code: str, field: str, message: str | None
) -> None:
    with pytest.raises(RequestFailed) as failed:
        untouched.comment(**place)
    first = {"resource": "PullRequestReviewComment", "code": code, "field": f"pull_request_review_thread.{field}"}
    assert refusal(failed.value) == (422, [first | ({"message": message} if message else {}), DIFF_HUNK])


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"line": 3, "start_line": 30}, "start_line must be part of the same hunk as the line."),
        ({"line": 30, "start_line": 31}, "start_line must precede the end line."),
        ({"line": 31, "start_line": 31}, "start_line must precede the end line."),
    ],
)
def test_the_first_line_stands_in_the_same_hunk_before_the_last(
    github: GitHubService, untouched: Pull, place: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestFailed) as failed:
        untouched.comment(**place)
    assert [one["message"] for one in refusal(failed.value)[1]] == [f"pull_request_review_thread.{said}"]


def test_a_comment_has_words(github: GitHubService, untouched: Pull) -> None:
    with pytest.raises(RequestFailed) as failed:
        untouched.comment(line=3, body=" \n")
    assert refusal(failed.value) == (
        422,
        [{"resource": "PullRequestReviewComment", "code": "missing_field", "field": "body"}],
    )


def test_a_commit_of_another_branch_or_of_nobody_is_refused(github: GitHubService, untouched: Pull) -> None:
    main = untouched.github.reader.get(f"/repos/{untouched.name}/branches/main")["commit"]["sha"]
    for commit in ("0" * 40, main, "fix"):
        with pytest.raises(RequestFailed) as failed:
            untouched.comment(line=3, commit_id=commit)
        assert refusal(failed.value)[1][0]["message"] == "commit_id is not part of the pull request"
        with pytest.raises(RequestFailed) as failed:
            untouched.reader.rest.pulls.create_review(
                untouched.owner, untouched.repo, untouched.number, event="COMMENT", body="x", commit_id=commit
            )
        assert refusal(failed.value) == (422, ["The commitOID is not part of the pull request"])


def test_a_comment_moves_along_with_its_line_and_is_outdated_when_that_is_rewritten(pull: Pull) -> None:
    rewritten, moved, deletion = pull.comment(line=31), pull.comment(line=32), pull.comment(line=35, side="LEFT")
    several, whole = pull.comment(line=32, start_line=31, start_side="RIGHT"), pull.comment(subject_type="file")
    head = pull.push(["a new first line", *AFTER[:30], "newer 1", *AFTER[31:]])

    gone = pull.now(rewritten)
    assert (gone.line, gone.position, gone.original_line, gone.original_position) == (None, None, 31, 12)
    assert (gone.commit_id, gone.original_commit_id) == (pull.head, pull.head)
    assert gone.diff_hunk == rewritten.diff_hunk
    assert pull.now(several).line is None
    went = pull.now(moved)
    assert (went.line, went.original_line, went.commit_id, went.original_commit_id) == (33, 32, head, pull.head)
    assert (pull.now(deletion).line, pull.now(deletion).side) == (35, "LEFT")
    assert pull.now(whole).position is not None

    pull.push(AFTER)
    assert (pull.now(rewritten).line, pull.now(rewritten).position) == (31, 12)


def test_a_comment_on_a_deletion_is_outdated_when_the_line_is_back(github: GitHubService) -> None:
    """Also when the difference still shows the line, for the sake of another one."""
    near = [*BEFORE[:9], "ten", *BEFORE[10:]]
    pull = Pull(github, [*near[:11], *near[12:]])
    deletion = pull.comment(line=12, side="LEFT")
    assert deletion.diff_hunk.endswith("\n-line 12")
    pull.push(near)
    assert (pull.now(deletion).line, pull.now(deletion).original_line) == (None, 12)


def test_a_line_that_the_difference_no_longer_shows_is_outdated(pull: Pull) -> None:
    """The base gets the same change: nothing is left to comment on."""
    first = pull.comment(line=3)
    pull.push([*BEFORE[:2], "line three", *BEFORE[3:]], branch="main")
    assert pull.now(first).line == 3
    shown = pull.github.maintainer.get(f"/repos/{pull.name}/pulls/{pull.number}/files")[0]["patch"]
    assert "line three" in shown, "the difference counts from where the two parted"
    pull.push(BEFORE)
    assert pull.now(first).line is None


def test_a_comment_on_an_earlier_commit_is_placed_in_the_latest_one(pull: Pull) -> None:
    head = pull.push(["top", *AFTER])
    made = pull.comment(line=31, commit_id=pull.head)
    assert (made.line, made.original_line, made.commit_id, made.original_commit_id) == (32, 31, head, pull.head)


def test_a_comment_on_what_a_renamed_file_was_before_stays(github: GitHubService, git: GitClient, pull: Pull) -> None:
    clone = git.clone(f"/repos/{pull.name}", who=github.maintainer)
    git.ok(clone, "checkout", "--quiet", "-b", "renamed")
    git.ok(clone, "mv", "f.txt", "g.txt")
    head = git.commit(clone, {"g.txt": text([*BEFORE[:2], "line three", *BEFORE[3:]])})
    git.ok(clone, "push", "--quiet", "origin", "renamed", who=github.maintainer)
    asked = {"title": "x", "head": "renamed", "base": "main"}
    pull.number = int(github.maintainer.post(f"/repos/{pull.name}/pulls", asked)["number"])
    before, after = ({"commit_id": head, "path": "g.txt", "line": 3, "side": side} for side in ("LEFT", "RIGHT"))
    left, right = pull.comment(**before), pull.comment(**after)
    assert (left.position, right.position) == (3, 4)
    pull.push(["a new first line", *BEFORE[:2], "line three", *BEFORE[3:]], branch="renamed", path="g.txt")
    assert [(pull.now(one).line, pull.now(one).side) for one in (left, right)] == [(3, "LEFT"), (4, "RIGHT")]
