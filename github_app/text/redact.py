"""Takes secrets out of a text that is about to be shown or kept: the last line of defence, not the first.

Exact known values go first, in every form in which they commonly travel (plain, base64 at each of its three offsets, hex, URL
encoding), then whatever looks like a well-known token.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from github_app.text.token_formats import TOKEN_FORMATS
from sandbox.secret import Secret

REDACTED = "[redacted]"

# A shorter value would blot out ordinary words, and is no secret that holds.
MIN_SECRET_CHARACTERS = 8


def forms_of(secret: Secret) -> frozenset[str]:
    """Every spelling under which this secret is looked for; empty when it is too short to be told from ordinary text.

    A secret of several lines (a private key) is also known by each of its lines.
    """
    value = secret.reveal().strip()
    lines = [line.strip() for line in value.splitlines() if not line.startswith("-----")] if "\n" in value else []
    forms: set[str] = set()
    for plain in (value, *lines):
        if len(plain) < MIN_SECRET_CHARACTERS:
            continue
        data = plain.encode()
        forms |= {plain, plain.replace("\n", "\\n"), quote(plain, safe=""), quote_plus(plain, safe=""), quote(plain)}
        forms |= {data.hex(), data.hex().upper()}
        for offset in range(3):
            forms |= _base64_at(data, offset)
    return frozenset(forms)


def _base64_at(data: bytes, offset: int) -> set[str]:
    """What base64 makes of the data when `offset` bytes (modulo 3) stand before it, without the characters at its two ends
    that its neighbours share in."""
    encoded = base64.b64encode(b"\0" * offset + data)
    end = (offset + len(data)) * 8 // 6
    middle = encoded[-(-offset * 8 // 6) : end].decode()
    return {middle, middle.replace("+", "-").replace("/", "_")}


class Redactor:
    """Redacts texts, with the known values of one job or of the whole process."""

    def __init__(self, known: Iterable[Secret] = ()) -> None:
        self._forms = sorted({form for secret in known for form in forms_of(secret)}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, self._forms)))

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by `[redacted]`; redacting it again changes nothing."""
        # To look for a fixed text takes a hundredth of the time that an expression does, and most texts have none of them.
        if any(form in text for form in self._forms):
            text = self._known.sub(REDACTED, text)
        for token in TOKEN_FORMATS:
            if token.may_be_in(text):
                text = token.text.sub(REDACTED, text)
        return text


_BY_FORMAT = Redactor()


def redact(text: str, known: Iterable[Secret] = ()) -> str:
    """The text without these known secrets and without anything that looks like a well-known token."""
    known = tuple(known)
    return Redactor(known)(text) if known else _BY_FORMAT(text)
