"""All that one review says is one ask: what stands in the review itself and in its comments on lines of the difference.

Whichever of its deliveries comes first, the review is read as a whole, and answered once.
https://docs.github.com/en/rest/pulls/reviews, https://docs.github.com/en/rest/pulls/comments
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from github_app.commands.all_verbs import all_verbs, grammar
from github_app.commands.parser import MOST_COMMANDS, Grammar, parse
from github_app.domain.ask import THE_COMMENTS, Ask, Command, Unclear
from github_app.github.paths import repository_path
from github_app.github.threads import COMMENTS_A_PAGE
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.webhooks.events import EDIT_SECONDS
from github_app.webhooks.triggers import triggers_of

# More in one review is nothing that one job comes to the end of.
MOST_COMMENTS = 200


@dataclass(frozen=True)
class LineComment:
    """A comment on a line of the difference. `number` is its place in the review, from 1; `thread` is the first comment of its
    thread, `line` None for the whole file."""

    number: int
    id: int
    thread: int
    path: str
    line: int | None
    hunk: str
    body: str
    edited_late: bool

    @property
    def name(self) -> str:
        """What it is called where it is asked about: whoever pushes chooses the names of files, and those ask for nothing."""
        return f"comment {self.number}"

    @property
    def place(self) -> str:
        return f"{self.path}, line {self.line}" if self.line else self.path


async def whole_review(ask: Ask, services: Services) -> Ask:
    """The ask that the review makes of which `ask` says a part. Raises Passing, Refused."""
    if ask.origin.text_edited_since:
        return ask
    target = ask.target
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
    pull = f"{repository_path(target.repository.full_name)}/pulls/{target.thread}"

    async def get(path: str) -> Any:
        return await services.github.with_token(token.value, "GET", path)

    review = await get(f"{pull}/reviews/{ask.origin.review}")
    listed: list[dict[str, Any]] = []
    for page in range(1, MOST_COMMENTS // COMMENTS_A_PAGE + 2):
        found = await get(f"{pull}/reviews/{ask.origin.review}/comments?per_page={COMMENTS_A_PAGE}&page={page}")
        listed += found
        if len(found) < COMMENTS_A_PAGE:
            break
    if len(listed) > MOST_COMMENTS:
        unclear = Unclear("many comments", str(MOST_COMMENTS))
        return msgspec.structs.replace(ask, command=Command("do", unclear=unclear), then=())
    comments = [line_comment(number, one, review["submitted_at"]) for number, one in enumerate(listed, 1)]
    answered = sorted({one.thread for one in comments} - {one.id for one in comments})
    begun = [await get(f"{repository_path(target.repository.full_name)}/pulls/comments/{first}") for first in answered[:1]]
    return made_whole(ask, review["body"] or "", comments, begun, grammar(*triggers_of(services, target.repository.id).words))


def line_comment(number: int, shown: dict[str, Any], submitted_at: str) -> LineComment:
    late = datetime.fromisoformat(shown["updated_at"]) - datetime.fromisoformat(submitted_at)
    return LineComment(
        number=number,
        id=shown["id"],
        thread=shown.get("in_reply_to_id") or shown["id"],
        path=shown["path"],
        line=shown.get("line") or shown.get("original_line"),
        hunk=shown.get("diff_hunk") or "",
        body=shown["body"] or "",
        edited_late=late.total_seconds() > EDIT_SECONDS,
    )


def made_whole(ask: Ask, body: str, comments: Sequence[LineComment], begun: Iterable[dict[str, Any]], said: Grammar) -> Ask:
    """The ask with all that its review says. `begun` are comments that others of this review answer. Pure."""
    own = parse(body, said)
    inline = [(one, parse(one.body, said).commands) for one in comments]
    speaking = [(one, commands) for one, commands in inline if commands]
    if not own.commands and not speaking:
        return ask  # what made it an ask was deleted or edited meanwhile: it counts as it was told
    commands = list(own.commands)
    alone = len(speaking) == 1 and not own.commands
    for one, said_there in speaking:
        commands += [each if alone else placed(each, one) for each in said_there]
    above = own.above if own.commands else body.strip()
    material = [above, *(told_of(one) for one in comments), *(f"The thread began with:\n\n{one['body']}" for one in begun)]
    origin = ask.origin
    if own.commands:
        origin = msgspec.structs.replace(origin, id=origin.review, inline=0, commit="")
    else:
        origin = msgspec.structs.replace(origin, id=speaking[0][0].id, inline=speaking[0][0].thread, commit="")
    edited = any(one.edited_late for one, _ in speaking)
    commands = merged([with_what_is_there(each, comments) for each in commands])
    if len(commands) > MOST_COMMANDS:
        commands = [Command("do", unclear=Unclear("many", str(len(commands))))]
    first, *others = commands
    return msgspec.structs.replace(
        ask,
        command=first,
        then=tuple(others),
        origin=msgspec.structs.replace(origin, text_edited_since=edited),
        material="\n\n".join(filter(None, material)),
    )


def is_of_its_place(command: Command) -> bool:
    """Whether what it says is about the line that it stands on, and goes together with what is said of others."""
    verb = all_verbs()[command.verb]
    return command.unclear is None and verb.takes_text and not verb.chooses


def placed(command: Command, where: LineComment) -> Command:
    """What is said of one line, among what is said of others."""
    if not is_of_its_place(command):
        return command
    return msgspec.structs.replace(command, text=f"{where.name}: {command.text or 'see what it says'}")


def with_what_is_there(command: Command, comments: Sequence[LineComment]) -> Command:
    """A request without words is about the comments that come with it."""
    if command.verb == "do" and not command.text and command.unclear is None and comments:
        return msgspec.structs.replace(command, text=THE_COMMENTS)
    return command


def merged(commands: Sequence[Command]) -> list[Command]:
    """What is said with one verb and the same options in several comments is one request; what takes no text, or chooses the
    same, counts once."""
    found: list[Command] = []
    for command in commands:
        at = next((at for at, one in enumerate(found) if is_of_its_place(command) and are_alike(one, command)), None)
        if at is not None:
            text = "\n\n".join(filter(None, [found[at].text, command.text]))
            found[at] = msgspec.structs.replace(found[at], text=text)
        elif command not in found:
            found.append(command)
    return found


def are_alike(one: Command, other: Command) -> bool:
    return (one.verb, one.options, one.unclear) == (other.verb, other.options, other.unclear)


def told_of(comment: LineComment) -> str:
    """A comment with the lines that it is about, for the agent to read."""
    lines = f"The lines there:\n\n```diff\n{comment.hunk}\n```"
    return f"{comment.name.capitalize()}, on {comment.place}:\n\n{comment.body}\n\n{lines}"
