"""Which paths and links may be published: those that stay what they are on every system that checks them out."""

from __future__ import annotations

import re
import unicodedata

# The limits of Linux; longer ones can be committed and not checked out.
MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 255
MAX_LINK_BYTES = 1024

# Code points that HFS+ leaves out when it compares names, so that ".g\u200cit" is ".git" there (git's utf8.c, CVE-2014-9390).
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# What NTFS takes for ".git": trailing dots and spaces, a stream, the short name (git's path.c, CVE-2019-1352).
_GIT_ON_NTFS = re.compile(r"^(?:\.git|git~\d+)[. ]*(?::.*)?$", re.IGNORECASE)


def fault_of_path(path: bytes) -> str | None:
    """What is wrong with this path in a tree, as half a sentence; None when nothing is."""
    if len(path) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES} bytes"
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return "is not UTF-8"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in text):
        return "has an invisible or control character in it"
    if "\\" in text or text.startswith("/") or re.match(r"^[A-Za-z]:", text):
        return "would leave the repository on some systems"
    return next((fault for name in text.split("/") if (fault := _fault_of_name(name))), None)


def _fault_of_name(name: str) -> str | None:
    if name in ("", ".", ".."):
        return "would leave the repository"
    if is_git_folder(name):
        return "names git's own folder"
    if name != name.rstrip(". "):
        return "ends with a dot or a space, which Windows drops"
    return f"has a name longer than {MAX_NAME_BYTES} bytes" if len(name.encode()) > MAX_NAME_BYTES else None


def is_git_folder(name: str) -> bool:
    """Whether some file system takes this name for `.git`."""
    plain = _IGNORED_BY_HFS.sub("", unicodedata.normalize("NFKC", name))
    return _GIT_ON_NTFS.match(plain) is not None


def fault_of_link(path: bytes, target: bytes) -> str | None:
    """What is wrong with a symbolic link at `path`, as half a sentence; None when it stays inside the repository.

    Up only at its beginning: `a/../../b` leaves or stays depending on whether `a` is itself a link, so it is refused.
    """
    if not target or len(target) > MAX_LINK_BYTES:
        return "points nowhere that can be followed"
    if target.startswith(b"/") or b"\\" in target or re.match(rb"^[A-Za-z]:", target) or b"\0" in target:
        return "points to an absolute path"
    names = target.split(b"/")
    ups = next((index for index, name in enumerate(names) if name not in (b"..", b".", b"")), len(names))
    climbs = names[:ups].count(b"..")
    if climbs > path.count(b"/") or b".." in names[ups:]:
        return "points out of the repository"
    if any(is_git_folder(name.decode("utf-8", "replace")) for name in names):
        return "points into git's own folder"
    return None
