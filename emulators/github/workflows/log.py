"""What a step printed, as GitHub keeps it, and the workflow commands in it that become annotations.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Of one step; what is printed after that is left out, and said to be.
MAX_LOG_BYTES = 512 * 1024
# "GitHub Actions limits annotations to 10 warning, 10 error and 10 notice annotations per step."
# https://docs.github.com/actions/reference/limits
_MAX_ANNOTATIONS = 10

_COMMAND = re.compile(r"^::(?P<level>error|warning|notice)(?: (?P<properties>[^:]*))?::(?P<message>.*)$", re.MULTILINE)
_LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}
_ESCAPED = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def stamped(text: str) -> str:
    """Every line with the moment before it; workflow commands as GitHub shows them: `##[error]…`."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    shown = _COMMAND.sub(lambda found: f"##[{found['level']}]{_plain(found['message'])}", text)
    shown = re.sub(r"^::(group|endgroup)::", r"##[\1]", shown, flags=re.MULTILINE)
    return "".join(f"{moment} {line}\n" for line in shown.splitlines())


def annotations_in(text: str) -> list[Mapping[str, Any]]:
    """What the step says about places in files, with GitHub's field names."""
    found: list[Mapping[str, Any]] = []
    for command in _COMMAND.finditer(text):
        given = dict(one.split("=", 1) for one in (command["properties"] or "").split(",") if "=" in one)
        level = _LEVELS[command["level"]]
        if sum(one["annotation_level"] == level for one in found) >= _MAX_ANNOTATIONS:
            continue
        line = _number(given.get("line"), 1)
        found.append(
            {
                "path": _plain(given.get("file", ".github")),
                "start_line": line,
                "end_line": _number(given.get("endLine"), line),
                "annotation_level": level,
                "message": _plain(command["message"]),
                "title": _plain(given["title"]) if "title" in given else "",
            }
        )
    return found


def exit_annotation(code: int) -> Mapping[str, Any]:
    """What GitHub says itself of a step that failed."""
    words = f"Process completed with exit code {code}."
    return {"path": ".github", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": words, "title": ""}


def _plain(text: str) -> str:
    for escaped, character in _ESCAPED:
        text = text.replace(escaped, character)
    return text


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise
