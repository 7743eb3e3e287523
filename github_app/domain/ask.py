"""An ask: what somebody wants, wherever they said it. Label, comment, button and re-run all become one of these.

It is kept with the job as plain JSON, as it was at the trigger, and never fetched again: an issue edited after the label was
put on it, or a pull request pushed to after the comment, doesn't change what is done.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec

from github_app.domain.review_threads import OpenThreads

# As in `state/sessions.py`: what a thread is.
Place = Literal["issue", "pull"]


class Account(msgspec.Struct, frozen=True):
    """A person, bot or organization on GitHub. `type` is "User", "Bot", "Organization" or "Mannequin"."""

    id: int
    login: str
    type: str = "User"


class Unclear(msgspec.Struct, frozen=True):
    """Why a command is asked back instead of being carried out. `written` is what is at fault, as it was written, and `meant`
    what was probably meant, both as they stand in a comment; `meant` is empty where nothing is near.

    mark: a mark of a list or a heading stands before it. word: it is nearly the command word. verb: it is nearly a verb.
    option: the verb has no such option. value: the option does not take that. twice: two options that can't both be. order: an
    option stands behind the text. many: too many commands. many comments: a review has more than the `written` number that is
    worked through.
    """

    fault: Literal["mark", "word", "verb", "option", "value", "twice", "order", "many", "many comments"]
    written: str
    meant: str = ""


# What a review asks for that says nothing itself.
THE_COMMENTS = "work through the comments of this review"
# Verbs whose text alone says what is wanted.
SAID_BY_THEIR_TEXT = frozenset({"do", "ask"})


class Command(msgspec.Struct, frozen=True):
    """A verb of the grammar, its options with their values (empty for one that takes none), and the text after it, empty for
    none. One that is `unclear` is asked back, and nothing is done."""

    verb: str
    text: str = ""
    options: dict[str, str] = {}
    unclear: Unclear | None = None

    @property
    def shown(self) -> str:
        """What was asked, for people: in their words, with the verb where it takes that to understand them; empty for "what
        the issue says"."""
        if self.text and self.verb in SAID_BY_THEIR_TEXT:
            return self.text
        return "" if self.verb == "do" else f"{self.verb} {self.text}".strip()


def dollars_in(written: str) -> float:
    """The amount that the value of `--budget` says, in US dollars."""
    return float(written.removeprefix("$"))


class By(StrEnum):
    """How it was said."""

    LABEL = "label"
    UNLABEL = "unlabel"
    COMMENT = "comment"
    REVIEW = "review"
    ASSIGNMENT = "assignment"
    UNASSIGNMENT = "unassignment"
    BUTTON = "button"
    RERUN = "rerun"
    CLOSE = "close"
    WATCH = "watch"
    REOPEN = "reopen"
    SILENCE = "silence"
    SPAWN = "spawn"


class Origin(msgspec.Struct, frozen=True):
    """Where and when it was said. `id` is the number that GitHub gave to what said it: the issue, the comment, the check run
    or the check suite. `at` is ISO 8601 in UTC, as GitHub writes times; a button tells none, and has that of the ask which it
    is about. `job_id` is the job whose button it was. What a watch asks for has no id, and is said when it is found; so
    is that nobody has answered, and what an agent asks for elsewhere.

    `text_edited_since`: what was said (an issue's title or text, a comment) was edited after that, or may have been.
    `said_otherwise`: what was edited had said another command before.
    `review` is the review in which it was said, and `inline` the first comment of the thread on a line of the difference in
    which it was said; 0 for none. The `id` of what a review itself says is the review's. `commit` is what an approving review
    without a command is of, empty where something was said. `thread` is where it was said, if that is another thread than the
    one it is about: the pull request that shows a plan; else 0.
    """

    by: By
    id: int
    at: str = ""
    job_id: str = ""
    text_edited_since: bool = False
    said_otherwise: bool = False
    review: int = 0
    inline: int = 0
    commit: str = ""
    thread: int = 0


class Repository(msgspec.Struct, frozen=True):
    """`size_kb` is in kilobytes, as GitHub last counted it."""

    id: int
    full_name: str
    default_branch: str = "main"
    size_kb: int = 0


class PullHead(msgspec.Struct, frozen=True):
    """A pull request as it was pinned at the trigger. `fork` is the repository (`owner/name`) that its branch is in, empty for
    the one that it goes into. `conflicted`: GitHub says that conflicts keep it from being merged. `as_written`: its text is
    one of Harvest's that nobody has changed."""

    number: int
    sha: str
    branch: str
    base_branch: str
    title: str
    fork: str = ""
    conflicted: bool = False
    as_written: bool = False


class Target(msgspec.Struct, frozen=True):
    """The thread that it is about: `thread` is the number of the issue or pull request, and `title`, `body` and `author` are
    the issue's. `pull` is the head that was pinned, None on an issue and until there is something to do with it. `locked` is
    whether the conversation was, and `comments` how many stood there, None where that was not told."""

    installation_id: int
    repository: Repository
    thread: int
    place: Place = "issue"
    title: str = ""
    body: str = ""
    author: str = ""
    pull: PullHead | None = None
    locked: bool = False
    comments: int | None = None


class Answered(msgspec.Struct, frozen=True):
    """The question of a job's agent, with what it left to choose from, and what it is told. That is the agent's own default
    where nobody has answered. `material` is what was said with the answer, as in an ask."""

    question: str
    options: tuple[str, ...]
    answer: str
    material: str = ""


class Spawned(msgspec.Struct, frozen=True):
    """The job whose agent asked for this one: its id, how many it had asked for by then, and the thread in `repository`
    (`owner/name`) that it was asked for in. Both spend from its budget, which is `budget_usd` by the setting `set_by`, and
    that of the job `budget_of` where that is another one."""

    job_id: str
    number: int
    repository: str
    thread: int
    budget_usd: float
    set_by: str
    budget_of: str = ""


class Ask(msgspec.Struct, frozen=True):
    """What is wanted, where it was said, by whom, and on what. `material` is what was said with it, for the agent to read.
    `then` are further commands that were said in the same place, to be carried out after it in this order. `plan_job` is the
    job whose plan was approved, empty for none. `threads` are those that are to be worked through, if that was asked, and
    `resumes` the job that was broken off and is gone on with, empty for none; `answered` is its question, if it was broken off
    by one. `spawned` says of which job's agent it is, if no person has asked for it. `budget_of` is the job from whose budget
    it goes on, since nobody has asked anew; empty for one of its own."""

    command: Command
    origin: Origin
    actor: Account
    target: Target
    material: str = ""
    then: tuple[Command, ...] = ()
    plan_job: str = ""
    threads: OpenThreads | None = None
    resumes: str = ""
    answered: Answered | None = None
    spawned: Spawned | None = None
    budget_of: str = ""

    @property
    def shown(self) -> str:
        """What was asked, for people; a watch was told once, and asks by itself since then."""
        said = self.command.shown
        if self.origin.by is not By.WATCH:
            return said
        first, _, rest = said.partition("\n")
        return "\n".join(filter(None, [f"{first} (watch)", rest]))

    @property
    def said_in(self) -> int:
        """The number of the thread in which it was said, and is answered."""
        return self.origin.thread or self.target.thread

    @property
    def commands(self) -> tuple[Command, ...]:
        """All that was said in that place, in order."""
        return (self.command, *self.then)

    def to_json(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Ask:
        return msgspec.convert(document, cls)
