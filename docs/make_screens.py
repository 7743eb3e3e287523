"""Makes docs/screens/ from the emulated GitHub's own pages after a tour: `python docs/make_screens.py` (after `make demo`).

A screen is a part of a page as it is, its style and avatars with it, in an SVG: nothing is drawn here. Chromium lays it out,
which tells how high it is, and writes it as XML.
"""

from __future__ import annotations

import base64
import html
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

FOLDER = Path(__file__).parent / "screens"
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom")
WIDTH, PADDING = 860, 16
MOST_BYTES = 200_000

# The frame is the screen's; the page's own fills a window. What an SVG shows as an image can't be pressed or followed.
OWN_STYLE = f"""
#screen {{ width: {WIDTH}px; padding: {PADDING}px; }}
#screen > * {{ margin-left: 0; margin-right: 0; max-width: none; }}
"""
PICK = """
<script>
  const screen = document.createElement("div");
  screen.id = "screen";
  for (const selector of SELECTORS) screen.append(...document.querySelectorAll(selector));
  for (const unneeded of screen.querySelectorAll("details:has(form), select, form > .soft")) unneeded.remove();
  for (const link of screen.querySelectorAll("a")) link.removeAttribute("href");
  document.body.replaceChildren(screen);
  const height = Math.ceil(screen.getBoundingClientRect().height);
  document.title = JSON.stringify([height, new XMLSerializer().serializeToString(screen)]);
</script>
"""


@dataclass(frozen=True)
class Screen:
    """The parts of the page at `link` that these selectors of CSS choose, one below the other."""

    name: str
    link: str
    selectors: tuple[str, ...]


@contextmanager
def tour_left_open() -> Iterator[list[str]]:
    """What the tour prints, while its GitHub stays up."""
    command = (sys.executable, "-u", "-m", "github_app", "demo", "--tour", "--keep")
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said: list[str] = []
    try:
        for line in demo.stdout or ():
            said.append(line)
            if "Everything stays up" in line:
                yield said
                return
        sys.exit(f"the tour did not come true, so there are no screens of it:\n{''.join(said)}")
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait()


def screens_of(said: list[str], github: httpx.Client) -> list[Screen]:
    plan, end, pull, answer = (
        link_of(said, what) for what in ("plan v1 is there", "how it ended", "is opened", "comment's thread")
    )
    issue, _, plan_comment = plan.partition("#")
    run = re.findall(r'href="(/[^"]+/runs/\d+)"[^>]*>Harvest</a>', github.get(pull).text)[-1]
    session_comment = "article.comment:has(summary)"
    return [
        Screen("plan", issue, (f"#{plan_comment}",)),
        Screen("comment", issue, (session_comment, f"#{end.partition('#')[2]}")),
        Screen("review-thread", pull, (f".thread:has(#{answer.partition('#')[2]})",)),
        Screen("check-run", run, ("main",)),
    ]


def link_of(said: list[str], what: str) -> str:
    """The link of the first line that says this."""
    return next(line.rsplit("  ", 1)[1].strip() for line in said if what in line)


def as_svg(screen: Screen, github: httpx.Client) -> str:
    style = github.get("/_emulator/style.css").text + OWN_STYLE
    page = re.sub(
        r'src="(/avatars/\d+)"', lambda found: f'src="{as_data(github.get(found[1]))}"', github.get(screen.link).text
    )
    page = re.sub("<link [^>]*>", f"<style>{style}</style>", page, count=1)
    with tempfile.NamedTemporaryFile("w", suffix=".html") as file:
        file.write(page.replace("</body>", PICK.replace("SELECTORS", json.dumps(screen.selectors)) + "</body>"))
        file.flush()
        dumped = subprocess.run([*CHROMIUM, f"file://{file.name}"], capture_output=True, text=True, check=True).stdout
    height, xml = json.loads(html.unescape(dumped.partition("<title>")[2].partition("</title>")[0]))
    # In an SVG there is no page that its colours and font could be of.
    style = html.escape(style.replace("body {", ".page {", 1), quote=False)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">\n'
        f'<style>{style}</style>\n<foreignObject width="{WIDTH}" height="{height}">\n'
        f'<div xmlns="http://www.w3.org/1999/xhtml" class="page">{xml}</div>\n</foreignObject>\n</svg>\n'
    )


def as_data(image: httpx.Response) -> str:
    """An SVG that is shown as an image loads nothing."""
    return f"data:{image.headers['content-type'].partition(';')[0]};base64,{base64.b64encode(image.content).decode()}"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tour_left_open() as said, httpx.Client(base_url=link_of(said, "an emulated GitHub")) as github:
        for screen in screens_of(said, github):
            svg = as_svg(screen, github)
            if len(svg) > MOST_BYTES:
                sys.exit(f"the screen {screen.name} comes to {len(svg)} bytes, which is too much")
            (FOLDER / f"{screen.name}.svg").write_text(svg)


if __name__ == "__main__":
    main()
