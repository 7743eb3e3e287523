"""Whether an agent's words say that tests pass. Pure.

A guess from a few plain forms of saying so, for a note beside them: one that is not known stands without the note.
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 20_000

_TESTS = r"(?:tests?|test suite|suite|specs?|checks?|test run)"
_PASSED = r"(?:pass(?:es|ed|ing)?|succeed(?:s|ed)?|green|ok)(?![\w-])"
_BETWEEN = (
    r"(?:[\s`*_:,]+(?:all|also|and|are|as|be|both|did|do|each|has|have|here|is|it|now|still|stay|stays|then|they|was|were))*"
)
_SAID = re.compile(
    rf"\b{_TESTS}{_BETWEEN}[\s`*_:,]+(?:\d+\s+)?{_PASSED}|\b\d+\s+(?:tests?\s+)?passed\b|\bpassing\s+{_TESTS}\b", re.IGNORECASE
)
_DENIED = re.compile(r"\b(?:not|no|none|never|cannot|\w+n't|fail\w*|should|would|must|until|if|when|unless)\b", re.IGNORECASE)


def says_that_tests_pass(text: str) -> bool:
    """One sentence at a time: one that denies or supposes something says nothing."""
    sentences = re.split(r"(?<=[.!?;])\s|\n", text[:MAX_CHARACTERS])
    return any(_SAID.search(sentence) and not _DENIED.search(sentence) for sentence in sentences)
