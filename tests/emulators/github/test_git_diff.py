from __future__ import annotations

from pathlib import Path

from emulators.github.git_diff import FileChange, parse_changes
from tests.emulators.github.git_client import GitClient


def test_every_kind_of_change_is_read_from_git_itself(tmp_path: Path) -> None:
    git = GitClient("", tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    git.ok(folder, "init", "--quiet")
    lines = "".join(f"line {number}\n" for number in range(30))
    git.commit(folder, {"moved.txt": lines, "same.txt": "same\n", "gone.txt": "gone\n", "type": "t\n", "data.bin": "a\0b"})
    (folder / "moved.txt").rename(folder / "new name.txt")
    (folder / "gone.txt").unlink()
    (folder / "type").unlink()
    (folder / "type").symlink_to("same.txt")
    after = {"new name.txt": lines + "diff --git a/x b/x\n@@ fake @@\n", "data.bin": "a\0c", "added": "new"}
    git.commit(folder, after)

    formats = ("-z", "--raw", "--numstat", "-p", "-M", "-r", "--full-index")
    output = git.ok(folder, "diff-tree", *formats, "HEAD~1", "HEAD").encode()
    changes = {change.path: change for change in parse_changes(output)}

    assert {path: change.status for path, change in changes.items()} == {
        "added": "added",
        "data.bin": "modified",
        "gone.txt": "removed",
        "new name.txt": "renamed",
        "type": "changed",
    }
    moved = changes["new name.txt"]
    assert (moved.previous_path, moved.additions, moved.deletions) == ("moved.txt", 2, 0)
    assert moved.patch
    assert moved.patch.endswith("+diff --git a/x b/x\n+@@ fake @@")
    assert changes["data.bin"].patch is None
    assert changes["gone.txt"].patch == "@@ -1 +0,0 @@\n-gone"
    assert changes["type"].patch == "@@ -1 +0,0 @@\n-t\n@@ -0,0 +1 @@\n+same.txt\n\\ No newline at end of file"
    assert isinstance(changes["added"], FileChange)


def test_no_difference_is_no_change() -> None:
    assert parse_changes(b"") == ()
