from __future__ import annotations

from difflib import SequenceMatcher, unified_diff

from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.github.diff_lines import at_position, hunk_down_to, line_at, moved, read_patch

PATCH = """@@ -1,4 +1,5 @@ def first():
 one
-two
+2
+2½
 three
 four
@@ -20,3 +21,2 @@
 twenty
-twenty-one
 twenty-two
\\ No newline at end of file"""


def test_a_line_is_found_by_its_number_on_either_side_and_by_its_position() -> None:
    added, deleted = line_at(PATCH, "RIGHT", 3), line_at(PATCH, "LEFT", 21)
    assert added
    assert deleted
    assert (added.text, added.position, added.left) == ("+2½", 4, None)
    assert (deleted.text, deleted.position, deleted.right) == ("-twenty-one", 9, None)
    assert at_position(PATCH, 9) == deleted
    assert [at_position(PATCH, position) for position in (0, 7, 11, 99)] == [None] * 4
    assert line_at(PATCH, "RIGHT", 6) is None
    assert line_at(PATCH, "LEFT", 19) is None


def test_the_hunk_of_a_line_goes_from_its_header_down_to_it() -> None:
    line = line_at(PATCH, "LEFT", 21)
    assert line
    assert hunk_down_to(PATCH, line) == "@@ -20,3 +21,2 @@\n twenty\n-twenty-one"


LINES = st.lists(st.sampled_from("abcdefg"), max_size=30)


@given(before=LINES, after=LINES)
@settings(max_examples=150)
def test_lines_move_as_the_differ_that_made_the_patch_says(before: list[str], after: list[str]) -> None:
    """Python's own differ makes the patch, and knows what it kept."""
    patch = "\n".join(list(unified_diff(before, after, lineterm=""))[2:])
    kept: dict[int, int] = {}
    for left, right, length in SequenceMatcher(None, before, after).get_matching_blocks():
        kept |= {left + offset + 1: right + offset + 1 for offset in range(length)}
    assert {number: moved(patch, number) for number in range(1, len(before) + 1)} == {
        number: kept.get(number) for number in range(1, len(before) + 1)
    }
    for line in read_patch(patch):
        assert line.left is None or before[line.left - 1] == line.text[1:]
        assert line.right is None or after[line.right - 1] == line.text[1:]
