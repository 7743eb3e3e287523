"""A picture is drawn anew from its pixels, whatever else its file held, and nothing else is one."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from github_app.publish.pictures import redraw
from github_app.publish.pictures.picture import NoPicture, redrawn

HIDDEN = b"what nobody sees"


def file_of(form: str, **given: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (32, 20), "tomato").save(written, form, **given)
    return written.getvalue()


def described() -> PngInfo:
    info = PngInfo()
    info.add_text("comment", HIDDEN.decode())
    return info


def located() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = HIDDEN.decode()  # its description
    return exif


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (file_of("PNG", pnginfo=described()), "png"),
        (file_of("PNG") + HIDDEN, "png"),
        (file_of("JPEG", exif=located()), "jpeg"),
        (file_of("MPO", exif=located(), save_all=True, append_images=[Image.new("RGB", (9, 9))]), "jpeg"),
        (file_of("WEBP", exif=located()), "webp"),
    ],
)
def test_only_its_pixels_are_kept(data: bytes, form: str) -> None:
    assert HIDDEN in data
    head, drawn = redraw.redraw(data)
    assert head == {"format": form, "width": 32, "height": 20}
    assert HIDDEN not in drawn
    red, green, blue = Image.open(io.BytesIO(drawn)).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert max(abs(red - 255), abs(green - 99), abs(blue - 71)) < 4


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no PNG, JPEG or WebP picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no PNG, JPEG or WebP picture"),
        (file_of("GIF"), "no PNG, JPEG or WebP picture"),
        (b"#!/bin/sh\nrm -rf ~", "no PNG, JPEG or WebP picture"),
        (file_of("PNG")[:60], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 1000, "damaged"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        redraw.redraw(data)


async def test_a_small_file_with_too_many_pixels_is_refused_by_the_process_that_opens_it() -> None:
    bomb = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(NoPicture, match="more than 40,000,000 pixels"):
        await redrawn(bomb.getvalue())


async def test_a_process_of_its_own_draws_it() -> None:
    picture = await redrawn(file_of("PNG"))
    assert (picture.format, picture.width, picture.height) == ("png", 32, 20)
