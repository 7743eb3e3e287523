"""`python -m github_app.publish.pictures.redraw`: a picture on stdin, the same pixels as a new file on stdout.

It runs in a process of its own, because what it opens may have been made to break its reader: that process has no secret, no
network that it was told of, and no more memory and time than stands here. Of the old file nothing is kept but the pixels: no
text, place or thumbnail, and no second file behind the picture. Exit code 2: the reason is on stderr, for the agent.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings

# What the decoded picture, its copy and the library itself need, at the most pixels.
MAX_MEMORY_BYTES = 1024**3
MAX_CPU_SECONDS = 20

# A page of 1280 pixels may be 31,250 pixels long. At four bytes each a picture of it takes 160 MB.
MAX_PIXELS = 40_000_000

# What GitHub shows, and browsers make. https://docs.github.com/en/get-started/writing-on-github
FORMATS = ("PNG", "JPEG", "WEBP")

UNFIT = 2


def main() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    data = sys.stdin.buffer.read()
    try:
        head, redrawn = redraw(data)
    except ValueError as problem:
        sys.stderr.write(str(problem))
        sys.exit(UNFIT)
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + redrawn)


def redraw(data: bytes) -> tuple[dict[str, object], bytes]:
    """Format and size, and the new file. Raises ValueError with a sentence on why there is none."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            # A JPEG with further pictures behind the first one is told apart by the library, and shown as any.
            form = "JPEG" if opened.format == "MPO" else str(opened.format)
            opened.load()
            # Of a moving picture this is the first one.
            pixels = opened.convert("RGBA" if opened.has_transparency_data and form != "JPEG" else "RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
        raise ValueError(f"the picture has more than {MAX_PIXELS:,} pixels: take a smaller part of the page") from None
    except UnidentifiedImageError:
        raise ValueError("this is no PNG, JPEG or WebP picture") from None
    except Exception as problem:  # a broken file may raise anything
        raise ValueError(f"the picture can't be read: it is damaged ({type(problem).__name__})") from None
    pixels.info = {}
    written = io.BytesIO()
    pixels.save(written, form, **({"lossless": True} if form == "WEBP" else {"quality": 90} if form == "JPEG" else {}))
    return {"format": form.lower(), "width": pixels.width, "height": pixels.height}, written.getvalue()


if __name__ == "__main__":
    main()
