"""Test files do not know each other: what two of them need stands beside them, in a file that is named after it."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r"^\s*(?:from|import) (tests\.(?:\w+\.)*test_\w+)", re.MULTILINE)


def test_no_test_file_imports_another() -> None:
    found = {str(path.relative_to(HERE)): IMPORT.findall(path.read_text()) for path in HERE.rglob("*.py")}
    assert {path: imports for path, imports in found.items() if imports} == {}
