"""What the client sent, read as a conversation: checked for shape as Anthropic checks it, and asked by the play.

https://docs.claude.com/en/api/messages. Anthropic joins neighbouring turns of one role, so roles need not alternate; what it
insists on is that every tool call is answered in the very next message, and nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from emulators.anthropic.errors import ApiError

Block = dict[str, Any]

# The CLI speaks to the model beside the person, in such blocks.
_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
_WORKING_DIRECTORY = re.compile(r"(?:Primary working directory|Working directory): (.+)")


class Message(msgspec.Struct):
    """One turn. The `system` role comes in mid-conversation from newer clients."""

    role: Literal["user", "assistant", "system"]
    content: str | list[Block]

    @property
    def blocks(self) -> list[Block]:
        """The content as blocks, whichever way it was sent."""
        return [{"type": "text", "text": self.content}] if isinstance(self.content, str) else self.content

    def of_type(self, kind: str) -> list[Block]:
        """Its blocks of one type, in order."""
        return [block for block in self.blocks if block.get("type") == kind]


class Tool(msgspec.Struct):
    """A tool that the client offers; its schema is not looked at."""

    name: str


class Conversation(msgspec.Struct):
    """The body of a request to `/v1/messages` or `count_tokens`, as far as the play looks at it."""

    model: str
    messages: list[Message]
    max_tokens: int | None = None
    system: str | list[Block] = ""
    tools: list[Tool] = []
    stream: bool = False
    output_config: dict[str, Any] = {}

    @property
    def offered(self) -> frozenset[str]:
        """The names of the tools that the client offers."""
        return frozenset(tool.name for tool in self.tools)

    @property
    def prompt(self) -> str:
        """The last thing the person asked, without what the CLI added to it."""
        messages = self.messages[: self._prompt_index() + 1]
        return _REMINDER.sub("", _text(messages[-1].of_type("text"))).strip() if messages else ""

    @property
    def since_prompt(self) -> list[Message]:
        """The turns after the prompt."""
        return self.messages[self._prompt_index() + 1 :]

    @property
    def last_call_id(self) -> str | None:
        """The id of the newest tool call made since the prompt."""
        calls = [
            block for message in self.since_prompt if message.role == "assistant" for block in message.of_type("tool_use")
        ]
        return str(calls[-1]["id"]) if calls else None

    @property
    def results(self) -> int:
        """How many tool results have come since the prompt."""
        return sum(len(message.of_type("tool_result")) for message in self.since_prompt)

    @property
    def last_result(self) -> str:
        """The text of the newest tool results."""
        for message in reversed(self.since_prompt):
            if results := message.of_type("tool_result"):
                return "\n".join(_result_text(result) for result in results)
        return ""

    @property
    def heard(self) -> str:
        """What was said, by whomever, beside and after the newest tool results."""
        said: list[str] = []
        for message in reversed(self.since_prompt):
            if message.role == "assistant":
                break
            said.insert(0, _text(message.of_type("text")))
        return "\n".join(said)

    @property
    def working_directory(self) -> str | None:
        """The directory that the CLI says it works in; only its own word is taken, not a person's."""
        system = [self.system] if isinstance(self.system, str) else [_text(self.system)]
        system += [_text(message.of_type("text")) for message in self.messages if message.role == "system"]
        # Older models are told in a reminder beside the prompt instead of a system turn.
        system += [
            said for message in self.messages if message.role == "user" for said in _REMINDER.findall(_text(message.blocks))
        ]
        found = _WORKING_DIRECTORY.findall("\n".join(system))
        return found[-1].strip() if found else None

    def whole_text(self) -> str:
        """All that was said and all that tools answered, oldest first."""
        parts = [self.system] if isinstance(self.system, str) else [_text(self.system)]
        for message in self.messages:
            parts.append(_text(message.of_type("text")))
            parts += [_result_text(result) for result in message.of_type("tool_result")]
        return "\n".join(parts)

    def _prompt_index(self) -> int:
        """Where the last prompt is: the newest user turn that carries no tool results; -1 if there is none."""
        for index in range(len(self.messages) - 1, -1, -1):
            message = self.messages[index]
            if message.role == "user" and not message.of_type("tool_result") and _is_said(message):
                return index
        return -1


def read_conversation(body: bytes, *, counting: bool = False) -> Conversation:
    """Decode and check a request as Anthropic would; `counting` is `count_tokens`, which takes no `max_tokens`.

    Raises ApiError 400 with the place and the rule that was broken.
    """
    try:
        conversation = msgspec.json.decode(body, type=Conversation)
    except msgspec.ValidationError as error:
        raise ApiError(400, _as_anthropic_says(str(error))) from None
    except msgspec.DecodeError as error:
        raise ApiError(400, f"The request body is not valid JSON: {error}") from None
    for problem in _shape_problems(conversation, counting=counting):
        raise ApiError(400, problem)
    return conversation


def _shape_problems(conversation: Conversation, *, counting: bool) -> Iterable[str]:
    if not counting:
        if conversation.max_tokens is None:
            yield "max_tokens: Field required"
        elif conversation.max_tokens < 1:
            yield "max_tokens: Input should be greater than or equal to 1"
    messages = conversation.messages
    if not messages:
        yield "messages: at least one message is required"
    elif messages[0].role != "user":
        yield 'messages: first message must use the "user" role'
    yield from _pairing_problems(messages)


def _pairing_problems(messages: Sequence[Message]) -> Iterable[str]:
    """https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use: results follow their calls at once."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        if message.role == "system":
            continue
        answered = [str(block.get("tool_use_id")) for block in message.of_type("tool_result")]
        for place, call_id in enumerate(answered):
            if call_id not in waiting:
                yield (
                    f"messages.{index}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. "
                    "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                )
        if unanswered := sorted(waiting - set(answered)):
            yield (
                f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(unanswered)}. "
                "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
            )
        waiting = {str(block.get("id")) for block in message.of_type("tool_use")} if message.role == "assistant" else set()


def _as_anthropic_says(error: str) -> str:
    """ "Object missing required field `model` - at `$.x`" becomes "x.model: Field required"."""
    what, _, where = error.partition(" - at `$")
    place = re.sub(r"\[(\d+)\]", r".\1", where.rstrip("`")).strip(".")
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", what):
        return f"{place}.{missing[1]}".strip(".") + ": Field required"
    return f"{place}: {what}".removeprefix(": ")


def _is_said(message: Message) -> bool:
    return bool(_REMINDER.sub("", _text(message.of_type("text"))).strip())


def _text(blocks: Iterable[Block]) -> str:
    return "\n".join(str(block["text"]) for block in blocks if isinstance(block.get("text"), str))


def _result_text(result: Block) -> str:
    content = result.get("content", "")
    return content if isinstance(content, str) else _text(content)
