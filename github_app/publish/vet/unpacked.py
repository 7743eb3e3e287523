"""How much a bundle unpacks to, found out before git unpacks it: a few kilobytes can come to hundreds of gigabytes.

Each object says how large it is, and one that is larger than it says ends the reading; so no more is ever unpacked here than
the limit. What can't be read here is not for git to try.
https://git-scm.com/docs/gitformat-bundle, https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.sizes import megabytes

_OFFSET_DELTA, _REF_DELTA = 6, 7
_OBJECT_ID_BYTES = 20
# Most objects are smaller than the first, and nothing is held that is larger than the second.
_READ_BYTES = 1 << 13
_UNPACK_BYTES = 1 << 20
# The two sizes at the beginning of a difference have at most ten bytes each.
_DELTA_HEAD_BYTES = 20


class PackUnreadable(ValueError):
    """It is no bundle of one pack as documented."""


class PackTooLarge(Exception):
    """There is more in it than allowed; the message says what."""


@dataclass(frozen=True)
class Unpacked:
    """How many objects there are, and how many bytes they come to, differences as what they make."""

    objects: int
    size: int


def unpacked(bundle: Path, *, most_objects: int, most_bytes: int) -> Unpacked:
    """Measure the pack in this bundle. Blocks. Raises PackUnreadable, PackTooLarge, OSError."""
    with bundle.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            return _measure(content, most_objects, most_bytes)
        except (IndexError, zlib.error) as error:
            raise PackUnreadable(f"the bundle's pack can't be read: {error}") from error


def _measure(content: mmap.mmap, most_objects: int, most_bytes: int) -> Unpacked:
    at = content.find(b"\n\n") + 2
    if at < 2 or content[at : at + 4] != b"PACK" or len(content) < at + 12:
        raise PackUnreadable("the bundle has no pack in it")
    objects = int.from_bytes(content[at + 8 : at + 12], "big")
    if objects > most_objects:
        raise PackTooLarge(f"{objects:,} objects, and at most {most_objects:,} are looked at")
    at += 12
    total = 0
    for _ in range(objects):
        kind, size, at = _head(content, at)
        total += size
        if total <= most_bytes:
            begin, at = _unpack(content, at, size)
            if kind in (_OFFSET_DELTA, _REF_DELTA):
                _, end = _number(begin, 0)
                total += _number(begin, end)[0]
        if total > most_bytes:
            raise PackTooLarge(f"more than {megabytes(most_bytes)} when unpacked")
    return Unpacked(objects, total)


def _head(content: mmap.mmap, at: int) -> tuple[int, int, int]:
    """The kind of the object here, the size it says it has, and where its packed content begins."""
    kind, size, shift = (content[at] >> 4) & 7, content[at] & 15, 4
    while content[at] & 0x80:
        at += 1
        size |= (content[at] & 0x7F) << shift
        shift += 7
    at += 1
    if kind == _OFFSET_DELTA:
        while content[at] & 0x80:
            at += 1
        at += 1
    elif kind == _REF_DELTA:
        at += _OBJECT_ID_BYTES
    return kind, size, at


def _number(content: Sequence[int], at: int) -> tuple[int, int]:
    """The number that is written here in groups of seven bits, lowest first, and where it ends."""
    number, shift = content[at] & 0x7F, 7
    while content[at] & 0x80:
        at += 1
        number |= (content[at] & 0x7F) << shift
        shift += 7
    return number, at + 1


def _unpack(content: mmap.mmap, at: int, size: int) -> tuple[bytes, int]:
    """The first bytes of what is packed here, which has to come to exactly this size, and where it ends."""
    stream, begin, came_to = zlib.decompressobj(), b"", 0
    packed = b""
    while not stream.eof:
        if not packed:
            packed = content[at : at + _READ_BYTES]
            at += len(packed)
            if not packed:
                raise PackUnreadable("the bundle's pack was cut off")
        piece = stream.decompress(packed, _UNPACK_BYTES)
        packed = stream.unconsumed_tail
        begin = begin or piece[:_DELTA_HEAD_BYTES]
        came_to += len(piece)
        if came_to > size:
            break
    if came_to != size:
        raise PackUnreadable("an object in the bundle's pack does not have the size it says")
    return begin, at - len(stream.unused_data)
