"""The supervisor as one file, as it is put into a sandbox."""

from __future__ import annotations

import importlib.util
import io
import marshal
import zipfile
from functools import cache
from pathlib import Path

from sandbox import supervisor

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the oldest that the format knows: the same source packs to the same bytes
MAIN = "import sys\nfrom sandbox.supervisor.__main__ import main\n\nsys.exit(main(sys.argv[1:]))\n"


@cache
def packed_supervisor() -> bytes:
    """The supervisor as one file that python3 can run: a zip with a `__main__.py`, and of each module also what this Python
    compiles it to. One of another version passes that over; for one of the same it saves a third of its start.

    https://docs.python.org/3/library/zipapp.html
    """
    modules = {"__main__.py": MAIN, "sandbox/__init__.py": ""}
    for path in sorted(Path(supervisor.__file__).parent.glob("*.py")):
        modules[f"sandbox/supervisor/{path.name}"] = path.read_text()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in modules.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), text)
            archive.writestr(zipfile.ZipInfo(f"{name}c", ZIP_TIME), compiled(text, name))
    return packed.getvalue()


def compiled(text: str, name: str) -> bytes:
    """As a .pyc that is never held against its source: https://peps.python.org/pep-0552/"""
    never_checked = (1).to_bytes(4, "little") + bytes(8)
    return importlib.util.MAGIC_NUMBER + never_checked + marshal.dumps(compile(text, name, "exec", dont_inherit=True))
