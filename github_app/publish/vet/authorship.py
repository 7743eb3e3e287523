"""Who a published commit says wrote it: Harvest as author and committer, and as co-authors the model that did the work and
whoever asked for it.

The agent could have written any name, date and trailer; none of that is passed on as if it were true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from github_app.text.claims import without_claims
from github_app.text.neutral import neutralise_plain
from sandbox.git import Identity

MAX_MESSAGE_CHARACTERS = 8_000
MAX_SUBJECT_CHARACTERS = 200
MODELS_ADDRESS = "noreply@anthropic.com"
NO_SUBJECT = "Change files"

_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class CoAuthors:
    """The model that did the work, by its name, None where none did; and who asked for it, None where that is no account that
    commits."""

    model: str | None
    asker: Identity | None = None


@dataclass(frozen=True)
class WrittenCommit:
    """What of the agent's commit is used: its tree, its parents, its author date (seconds since the epoch) and its message."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    date: int
    message: str


def parse_commit(sha: str, content: bytes) -> WrittenCommit:
    """Read a commit object.

    Signatures, merge tags, encodings and unknown headers are not carried over. Raises ValueError for one without a tree.
    """
    head, _, message = content.partition(b"\n\n")
    tree, date, parents = "", 0, []
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree":
            tree = value.decode("ascii")
        elif key == b"parent":
            parents.append(value.decode("ascii"))
        elif key == b"author" and (found := re.search(rb"> (\d{1,12}) [+-]\d{4}$", value)):
            date = int(found[1])
    if not tree:
        raise ValueError(f"the commit {sha} names no tree")
    return WrittenCommit(sha, tree, tuple(parents), date, message.decode("utf-8", "replace"))


def published_message(message: str, co_authors: CoAuthors) -> str:
    """The agent's message made harmless, without its trailers, with a `Co-Authored-By` for each of these at its end.

    https://docs.github.com/en/pull-requests/committing-changes-to-your-project/creating-and-editing-commits/creating-a-commit-with-multiple-authors
    """
    text = without_claims(neutralise_plain(message, max_length=MAX_MESSAGE_CHARACTERS))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    subject, _, body = _BLANK_LINES.sub("\n\n", text).strip().partition("\n")
    subject = neutralise_plain(subject, max_length=MAX_SUBJECT_CHARACTERS) or NO_SUBJECT
    trailers = []
    if co_authors.model is not None:
        model = re.sub(r"[^A-Za-z0-9 ._()\[\]-]", "", co_authors.model).strip()[:80] or "Claude"
        trailers.append(f"Co-Authored-By: {model} <{MODELS_ADDRESS}>")
    if (asker := co_authors.asker) is not None:
        trailers.append(f"Co-Authored-By: {asker.name} <{asker.email}>")
    parts = [subject, body.strip(), "\n".join(trailers)]
    return "\n\n".join(part for part in parts if part) + "\n"
