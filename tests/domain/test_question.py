"""What an answer to a question says, by what there was to choose from."""

from __future__ import annotations

import pytest

from github_app.domain.question import meant

OPTIONS = ["Keep it", "Drop it"]


@pytest.mark.parametrize(
    ("answer", "options", "means"),
    [
        ("2", OPTIONS, "Drop it"),
        (" 1. ", OPTIONS, "Keep it"),
        ("(2)", OPTIONS, "Drop it"),
        ("Option 1", OPTIONS, "Keep it"),
        ("3", OPTIONS, "3"),
        ("0", OPTIONS, "0"),
        ("2", [], "2"),
        ("2 weeks", OPTIONS, "2 weeks"),
        ("2\n\nbut only in the API", OPTIONS, "2\n\nbut only in the API"),
        ("Drop it", OPTIONS, "Drop it"),
    ],
)
def test_a_number_alone_is_the_option_of_that_number_and_all_else_what_it_says(
    answer: str, options: list[str], means: str
) -> None:
    assert meant(answer, options) == means
