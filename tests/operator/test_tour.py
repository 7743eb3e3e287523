"""The demo's tour, to its end. It is one of the slow ones; `tests/emulators/anthropic/test_plays_of_the_tour.py` is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.operator.demo import running_demo

# It takes under a minute on a machine that has nothing else to do.
TOUR_SECONDS = 400.0


@pytest.mark.campaign
def test_the_tour_goes_from_a_plan_to_green_checks_each_with_its_link(folder: Path) -> None:
    with running_demo(folder, "--tour", seconds=TOUR_SECONDS) as demo:
        said, _ = demo.communicate(timeout=TOUR_SECONDS)
    assert demo.returncode == 0, said
    seen = [line.partition(" s ")[2] for line in said.splitlines() if re.match(r" +\d+\.\d\d s [✓●]", line)]
    story = [re.sub(r"[0-9a-f]{7}$", "…", line.partition("  http")[0]) for line in seen if "/tidewater-labs/timespan/" in line]
    assert story == [
        "● mira-okafor writes /harvest plan",
        "✓ plan v1 is there, reviewed by a second model",
        "● mira-okafor writes /harvest approve v1",
        "✓ draft pull request #3 is opened",
        "✓ Harvest says there how it ended",
        "✓ CI is green",
        "● mira-okafor writes /harvest put commas between the units, as in `1h, 30m`",
        "✓ Harvest pushes …",
        "✓ Harvest answers in the comment's thread",
        "● CI is red",
        "● mira-okafor writes /harvest fix-ci",
        "✓ Harvest pushes …",
        "✓ Harvest says there how it ended",
        "✓ CI is green",
    ]
    assert "All of it came true" in said


def test_with_a_model_of_ones_own_there_is_no_tour(folder: Path) -> None:
    with running_demo(folder, "--tour", "--live") as demo:
        said, _ = demo.communicate(timeout=60)
    assert (demo.returncode, said) == (1, "✗ --tour follows a script, so it can't be had with --live\n")
