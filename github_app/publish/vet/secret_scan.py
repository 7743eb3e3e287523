"""Looks for secrets in what a change would publish: well-known formats, and the job's own secrets in any common spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from github_app.text.redact import forms_of
from github_app.text.token_formats import TOKEN_FORMATS
from sandbox.secret import Secret

OWN_SECRET = "secret of this Harvest job"  # noqa: S105 - what it is called

# Scanned piece by piece, so that no search holds up the event loop's thread for long; the overlap is longer than any token.
_PIECE_BYTES = 1 << 18
_OVERLAP_BYTES = 1 << 13
# Also one that is escaped in a string, or continued by a backslash. It begins where the blanks begin: a search that tried
# each of them would take hours for a line of a million.
_LINE_BREAK = re.compile(rb"(?<![ \t])[ \t]*\\?\r?\n[ \t]*")
# Each is compared with each; who has more has not left a secret in by mistake.
MAX_FINDINGS = 500


class TooManyFindings(Exception):
    """There is more that looks like a secret than is looked at."""


class SecretScan:
    """Scans contents; made once for a job with the secrets that it knows."""

    def __init__(self, known: Iterable[Secret] = ()) -> None:
        spelt = {form.encode() for secret in known for form in forms_of(secret)}
        forms = sorted(spelt | {form[::-1] for form in spelt}, key=len, reverse=True)
        self._known = re.compile(b"|".join(map(re.escape, forms))) if forms else None

    def findings(self, content: bytes) -> dict[bytes, str]:
        """What was found, each with the name of its kind. The keys are the secrets: they are compared and never shown.

        Raises TooManyFindings.
        """
        found: dict[bytes, str] = {}
        for piece in _pieces(content):
            found |= self._in_view(piece)
            for view in _views(piece):
                # What is found as it stands goes on with whatever the view puts behind it: it is no other secret.
                for secret, kind in self._in_view(view).items():
                    if not any(plain in secret for plain in found):
                        found[secret] = kind
            if len(found) > MAX_FINDINGS:
                raise TooManyFindings
        return found

    def _in_view(self, piece: bytes) -> dict[bytes, str]:
        found: dict[bytes, str] = {}
        for token in TOKEN_FORMATS:
            if token.refused_in_code and token.may_be_in(piece):
                found |= dict.fromkeys((match[0] for match in token.bytes.finditer(piece)), token.name)
        if self._known is not None:
            found |= dict.fromkeys((match[0] for match in self._known.finditer(piece)), OWN_SECRET)
        if len(found) > MAX_FINDINGS:
            raise TooManyFindings
        return found


def _views(piece: bytes) -> Iterator[bytes]:
    """The piece as a person or a program could put it together again: lines joined, UTF-16 as ASCII, backwards."""
    if b"\n" in piece:
        yield _LINE_BREAK.sub(b"", piece)
    if b"\0" in piece:
        yield piece.replace(b"\0", b"")
    yield piece[::-1]


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, max(len(content), 1), _PIECE_BYTES):
        yield content[max(0, start - _OVERLAP_BYTES) : start + _PIECE_BYTES]
