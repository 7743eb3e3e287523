"""Writes docs/harvest.schema.json, the JSON Schema of repositories' settings, from the code: `python docs/write_schema.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "docs" / "harvest.schema.json"


def schema_text() -> str:
    from github_app.settings.repository import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    SCHEMA.write_text(schema_text())
