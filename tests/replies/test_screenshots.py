"""How screenshots read."""

from __future__ import annotations

from github_app.domain.screenshot import Moment, Screenshot, Stamp
from github_app.replies.screenshots import screenshots_table
from github_app.text.markdown import pieces

AT = 1_795_910_400.0  # 2026-11-29 00:00 UTC


def shot(number: int, moment: Moment, caption: str = "The list", commit_url: str = "", *, on_top: bool = False) -> Screenshot:
    stamp = Stamp("4f1c09d2a7b8" + "0" * 28, on_top, AT)
    return Screenshot(
        f"https://github.com/o/r/blob/harvest-artifacts/f/{number}.png?raw=true", caption, moment, stamp, commit_url
    )


def test_what_was_before_stands_beside_what_is_after() -> None:
    shots = [shot(1, "before", commit_url="https://c"), shot(2, "after", on_top=True), shot(3, "after"), shot(4, "")]
    first, second = screenshots_table(shots).split("\n\n")
    rows = first.splitlines()
    assert rows[:2] == ["| Before | After |", "| --- | --- |"]
    assert (
        "f/1.png?raw=true)<br>The list<br><sub>[`4f1c09d`](https://c), 2026-11-29 00:00 UTC</sub> | ![Screenshot](" in rows[2]
    )
    assert "<sub>`4f1c09d` and changes on top, 2026-11-29 00:00 UTC</sub> |" in rows[2]
    assert rows[3].startswith("| – | ![Screenshot](")
    assert second.startswith("| Screenshot |\n")
    assert screenshots_table([]) == ""


def test_a_caption_is_harmless_and_stays_in_its_cell() -> None:
    caption = "a | b\n| c | <img src=x> ![](https://evil.example/a.png) @mira closes #1 <!-- harvest:body:1 -->"
    (cell,) = screenshots_table([shot(1, "", caption)]).splitlines()[2:]
    assert cell.count("![") == 1
    assert "<img" not in cell
    assert "<!-- harvest" not in cell
    assert "@mira" not in cell
    assert "closes #1" not in cell
    assert cell.replace("\\|", "").count("|") == 2
    assert list(pieces(cell))
