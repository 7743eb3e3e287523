"""The few fields of GitHub's webhook payloads that Harvest reads, and no others.

GitHub adds fields and leaves optional ones out, so everything that is not needed stays unread: a full model of a payload
rejects deliveries that are perfectly valid. https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import msgspec

from github_app.domain.ask import Account


class Repository(msgspec.Struct, frozen=True):
    """`size` is in kilobytes, as GitHub last counted it."""

    id: int
    full_name: str
    default_branch: str = "main"
    size: int = 0
    private: bool = True
    archived: bool = False


class Installation(msgspec.Struct, frozen=True):
    id: int


class Label(msgspec.Struct, frozen=True):
    name: str


class PullLink(msgspec.Struct, frozen=True):
    """Present on an issue exactly when the "issue" is a pull request."""

    url: str | None = None


class Issue(msgspec.Struct, frozen=True):
    id: int
    number: int
    title: str
    updated_at: str
    # Left out where it is not what the event is about (issues.pinned).
    state: str = ""
    user: Account | None = None
    body: str | None = None
    pull_request: PullLink | None = None
    locked: bool = False
    comments: int | None = None


class Comment(msgspec.Struct, frozen=True):
    """Under an issue or a pull request; or in a review, which it then names, and the comment that it answers, if it does."""

    id: int
    body: str | None
    created_at: str
    updated_at: str
    user: Account | None = None
    pull_request_review_id: int | None = None
    in_reply_to_id: int | None = None


class Review(msgspec.Struct, frozen=True):
    id: int
    body: str | None
    submitted_at: str | None = None
    state: str = ""
    commit_id: str | None = None


class Head(msgspec.Struct, frozen=True):
    """The branch that a pull request is from."""

    ref: str = ""


class TextBefore(msgspec.Struct, frozen=True, rename={"text": "from"}):
    text: str | None = None


class Changes(msgspec.Struct, frozen=True):
    """What an edit has changed."""

    body: TextBefore | None = None


class PullRequest(msgspec.Struct, frozen=True):
    """`state` is "open" or "closed"."""

    id: int
    number: int
    updated_at: str
    title: str = ""
    state: str = ""
    user: Account | None = None
    body: str | None = None
    locked: bool = False
    comments: int | None = None
    head: Head | None = None


class App(msgspec.Struct, frozen=True):
    """`id` is None for one that was deleted."""

    id: int | None = None


class CheckRun(msgspec.Struct, frozen=True):
    """`external_id` is ours: the id of the job that the check run reports on."""

    id: int
    external_id: str | None = None
    app: App | None = None
    head_sha: str = ""


class CheckSuite(msgspec.Struct, frozen=True):
    id: int
    head_sha: str
    app: App | None = None


class RequestedAction(msgspec.Struct, frozen=True):
    identifier: str = ""


class Payload(msgspec.Struct, frozen=True):
    """Any delivery's body: every part is optional, because which ones are there depends on the event."""

    action: str | None = None
    sender: Account | None = None
    repository: Repository | None = None
    installation: Installation | None = None
    issue: Issue | None = None
    label: Label | None = None
    comment: Comment | None = None
    pull_request: PullRequest | None = None
    review: Review | None = None
    changes: Changes | None = None
    assignee: Account | None = None
    check_run: CheckRun | None = None
    check_suite: CheckSuite | None = None
    requested_action: RequestedAction | None = None
    # Of a push: what was pushed to. Of a commit status: the commit, and how it is.
    ref: str | None = None
    sha: str | None = None
    state: str | None = None
    # Not GitHub's: Harvest adds it to what it found by itself. GitHub tells of a request with the text as it was then.
    text_edited_since: bool = False

    @property
    def repository_id(self) -> int:
        """0 where it is about none."""
        return self.repository.id if self.repository is not None else 0


class Unread(msgspec.Struct, frozen=True):
    """Any JSON object."""


_decoder = msgspec.json.Decoder(Payload)
_decoder_of_nothing = msgspec.json.Decoder(Unread)


def decode(body: bytes) -> Payload:
    """The payload in a JSON body. Raises msgspec.DecodeError when it is not JSON or a field has the wrong type."""
    return _decoder.decode(body)


def decode_unread(body: bytes) -> Payload:
    """The payload of an event of which nothing is read: its fields may have names that are read elsewhere, and other types.
    Raises msgspec.DecodeError when it is no JSON object."""
    _decoder_of_nothing.decode(body)
    return Payload()
