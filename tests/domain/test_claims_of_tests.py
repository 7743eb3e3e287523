"""An agent's plain words that tests pass are known as that; what denies or supposes it, or is about something else, is not."""

from __future__ import annotations

import pytest

from github_app.domain.claims_of_tests import says_that_tests_pass


@pytest.mark.parametrize(
    "text",
    [
        *(
            "All tests pass.",
            "Tests: 12 passed",
            "I ran `make test`; 12 passed.",
            "The test suite is green",
            "**Tests**: pass",
        ),
        *(
            "tests are passing",
            "the whole test suite now passes",
            "Verified with passing tests",
            "all 12 tests passed, I think",
        ),
        "It failed at first.\nNow all checks are green.",
    ],
)
def test_a_claim_is_known(text: str) -> None:
    assert says_that_tests_pass(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Tests do not pass.",
            "The test fails.",
            "Run the tests until they pass",
            "tests should pass",
            "",
            "A test shows it.",
        ),
        *(
            "Pass the test file to it",
            "No tests ran, so none passed",
            "adds tests for the pass-through",
            "If tests pass, merge it.",
        ),
        *("The tests could not be run.", "The tests don't pass.", "tests for the green button", "a latest pass"),
    ],
)
def test_what_is_no_claim_is_none(text: str) -> None:
    assert not says_that_tests_pass(text)
