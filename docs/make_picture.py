"""Draws docs/demo.svg from a real run of the demo in a terminal: `python docs/make_picture.py` (after `make demo`)."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 104
HERE = Path(__file__).parent

# What the spinner draws and takes back: cursor movements and cleared lines.
REDRAWN = re.compile(rb"[^\n]*\x1b\[2K")
CURSOR = re.compile(rb"\x1b\[\??\d*(?:;\d+)*[A-HJKhl]|\r")

# Rich's own template names a font on a web server; any monospaced one does.
TEMPLATE_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def output_of_a_run() -> bytes:
    """What the demo writes to a terminal; the run has to succeed."""
    written = bytearray()

    def keep(descriptor: int) -> bytes:
        data = os.read(descriptor, 65536)
        written.extend(data)
        return data

    os.environ |= {"COLUMNS": str(COLUMNS), "LINES": "60", "TERM": "xterm-256color"}
    status = pty.spawn([sys.executable, "-m", "github_app", "demo"], keep)
    if status:
        sys.exit("the demo failed, so there is no picture of it")
    return bytes(written)


def main() -> None:
    text = CURSOR.sub(b"", REDRAWN.sub(b"", output_of_a_run())).decode()
    before, _, after = text.partition("What came of it")
    story = [line for line in before.rpartition("\n")[0].strip("\n").splitlines() if "waiting for" not in line]
    proof = [line for line in after.splitlines() if any(word in line for word in ("fresh clone", "requests to", "All of it"))]
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115 - ends with the program
    console.print(Text.from_ansi("\n".join(["$ make demo", *story, "", *proof])))
    svg = TEMPLATE_FONT.sub("", console.export_svg(title="make demo"))
    (HERE / "demo.svg").write_text(re.sub(r"Fira Code, ?", "", svg))


if __name__ == "__main__":
    main()
