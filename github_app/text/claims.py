"""Takes out of a text what git, GitHub or a CI would take for a statement of whoever publishes it: trailers by which a person
vouches or an employer is named, a tool's advertising, and words that keep the checks from running.

The text must have been neutralised before: an invisible sign keeps a trailer from being known here, and is gone afterwards.
"""

from __future__ import annotations

import re

# Every `…-by:`, `…-of:` and so on, whoever thought of it, with whatever stands for a dash or a colon; and those of GitHub,
# Gerrit and the Claude CLI. https://git-scm.com/docs/git-interpret-trailers,
# https://docs.github.com/en/organizations/managing-organization-settings/creating-a-commit-on-behalf-of-an-organization
_DASH = "[-\u2010-\u2015\u2212]"
_TRAILER = re.compile(
    rf"^\s*(?:\w+(?:{_DASH}\w+)*{_DASH}(?:by|of|with|for|from|to)|(?:skip{_DASH}checks?|change{_DASH}id|claude{_DASH}session))"
    r"\s*[:\uff1a].*$",
    re.IGNORECASE,
)
_ADVERTISING = re.compile(r"^\W*generated (?:with|by) .{0,20}claude.*$", re.IGNORECASE)

# https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs, and what other CIs know it by
_CHECKS = r"(?:ci|cd|actions?|checks?|builds?|tests?|deploy\w{0,5}|travis|circleci|netlify|vercel|buildkite|azurepipelines)"
_SKIP = re.compile(
    rf"\[(\s*(?:(?:skip|no)[\s_-]*{_CHECKS}|{_CHECKS}[\s_-]*skip)\s*)\]|\*\*\*(\s*no_?ci\s*)\*\*\*", re.IGNORECASE
)


def without_claims(text: str) -> str:
    """The text without such lines; `[skip ci]` becomes `(skip ci)`, which nothing acts on. Again, it changes nothing."""
    lines = [line for line in text.splitlines() if not _TRAILER.match(line) and not _ADVERTISING.match(line)]
    return _SKIP.sub(lambda found: f"({(found[1] or found[2])})", "\n".join(lines))
