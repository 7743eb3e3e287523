"""The supervisor's source as one file, as it is put into a sandbox."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

from sandbox import supervisor

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the oldest that the format knows: the same source packs to the same bytes


@cache
def packed_supervisor() -> bytes:
    """The supervisor's source as one file that python3 can run: a zip with a `__main__.py`.

    https://docs.python.org/3/library/zipapp.html
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        main = "import sys\nfrom sandbox.supervisor.__main__ import main\n\nsys.exit(main(sys.argv[1:]))\n"
        for name, text in (("__main__.py", main), ("sandbox/__init__.py", "")):
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), text)
        for path in sorted(Path(supervisor.__file__).parent.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"sandbox/supervisor/{path.name}", ZIP_TIME), path.read_bytes())
    return packed.getvalue()
