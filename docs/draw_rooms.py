"""Draws the rooms into docs/architecture.md, from the rules that `make check` holds: `python docs/draw_rooms.py`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by docs/draw_rooms.py -->\n```\n", "```\n<!-- end of what is drawn -->"
WIDTH = 71


def drawn() -> str:
    """A row a layer: who stands in it may know all below, and nobody beside or above."""
    rows = [room.split(" | ") for room in layers_of("github_app") if room != "__main__"]
    rows.append(["sandbox", "state"])
    lines = []
    above: list[int] = []
    for row in rows:
        columns = [WIDTH // len(row) * (place + 1) if place + 1 < len(row) else WIDTH for place in range(len(row))]
        lines += [border(above, columns), "│" + "│".join(cells(row, columns)) + "│"]
        above = columns
    return "\n".join([*lines, border(above, [])]) + "\n"


def layers_of(package: str) -> list[str]:
    rules: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (rule["layers"] for rule in rules if rule.get("containers") == [package])
    return [str(layer) for layer in layers]


def cells(row: list[str], columns: list[int]) -> list[str]:
    begins = [0, *columns[:-1]]
    return [f" {name}".ljust(end - begin - (1 if begin else 0)) for name, begin, end in zip(row, begins, columns, strict=True)]


def border(above: list[int], below: list[int]) -> str:
    """The line between two rows, whose columns end there."""
    line = []
    for place in range(WIDTH):
        up, down = place in above[:-1], place in below[:-1]
        line.append("┼" if up and down else "┴" if up else "┬" if down else "─")
    left, right = ("┌", "┐") if not above else ("└", "┘") if not below else ("├", "┤")
    return left + "".join(line) + right


def page_with_it(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + drawn() + END + after


if __name__ == "__main__":
    PAGE.write_text(page_with_it(PAGE.read_text()))
