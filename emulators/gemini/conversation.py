"""What the client sent, read as a conversation: checked for shape as the Gemini API checks it, and asked by the play.

https://ai.google.dev/api/generate-content. The API reads JSON as protocol buffers do: a field may be written in camel or snake
case, and one that it does not have is refused by name.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.gemini.errors import ApiError, unknown_names

Part = dict[str, Any]

# https://ai.google.dev/api/generate-content#request-body
FIELDS = frozenset(
    {
        *("cachedContent", "contents", "generationConfig", "labels", "model", "safetySettings", "serviceTier", "store"),
        *("systemInstruction", "toolConfig", "tools"),
    }
)
# https://ai.google.dev/api/generate-content#generationconfig
CONFIG_FIELDS = frozenset(
    {
        *("audioTimestamp", "candidateCount", "enableAffectiveDialog", "enableEnhancedCivicAnswers", "frequencyPenalty"),
        *("imageConfig", "logprobs", "maxOutputTokens", "mediaResolution", "presencePenalty", "responseFormat"),
        *("responseJsonSchema", "responseLogprobs", "responseMimeType", "responseModalities", "responseSchema", "seed"),
        *("speechConfig", "stopSequences", "temperature", "thinkingConfig", "topK", "topP", "_responseJsonSchema"),
    }
)
PART_FIELDS = frozenset(
    {
        *("codeExecutionResult", "executableCode", "fileData", "functionCall", "functionResponse", "inlineData"),
        *("mediaResolution", "partMetadata", "text", "thought", "thoughtSignature", "toolCall", "toolResponse"),
        "videoMetadata",
    }
)

# https://ai.google.dev/api/caching#Tool
TOOL_FIELDS = frozenset(
    {
        *("codeExecution", "computerUse", "fileSearch", "functionDeclarations", "googleMaps", "googleSearch"),
        *("googleSearchRetrieval", "mcpServers", "urlContext"),
    }
)
# What `offered` calls the tool by which the model itself searches the web.
SEARCH = "google_search"

# What `@google/gemini-cli` tells its model beside what the person asked.
_SESSION_CONTEXT = re.compile(r"<session_context>.*?</session_context>", re.DOTALL)
_WORKING_DIRECTORY = re.compile(r"\*\*Workspace Directories:\*\*\n\s*- (/.+)")


@dataclass(frozen=True)
class Turn:
    """One of the `contents`: its role ("user", "model" or "function") and its parts, as they were sent."""

    role: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "\n".join(part["text"] for part in self.parts if isinstance(part.get("text"), str) and not part.get("thought"))

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """What its parts of one kind (`functionCall`, `functionResponse`) hold, in order."""
        return [part[kind] for part in self.parts if isinstance(part.get(kind), dict)]

    @property
    def said(self) -> str:
        """Its text without what a client added to it."""
        return _SESSION_CONTEXT.sub("", self.text).strip()

    @property
    def asks(self) -> bool:
        """Whether a person asks something in it."""
        return self.role == "user" and bool(self.said) and not self.of_kind("functionResponse")


@dataclass(frozen=True)
class Conversation:
    """The body of a request, as far as a play looks at it. `config` is its `generationConfig`."""

    model: str
    turns: tuple[Turn, ...]
    system: str
    offered: frozenset[str]
    config: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        """The last thing the person asked."""
        at = self._prompt_index()
        return self.turns[at].said if at >= 0 else ""

    @property
    def since_prompt(self) -> tuple[Turn, ...]:
        return self.turns[self._prompt_index() + 1 :]

    @property
    def last_call_id(self) -> str | None:
        """The newest call since the prompt. A client may leave out its id: then the signature that came with it says it, which
        every client has to send back as it was. https://ai.google.dev/gemini-api/docs/thought-signatures"""
        found = None
        for turn in self.since_prompt:
            for part in turn.parts if turn.role == "model" else ():
                if isinstance(part.get("functionCall"), dict):
                    found = str(part["functionCall"].get("id") or _signed(part.get("thoughtSignature")) or "") or found
        return found

    @property
    def results(self) -> int:
        return sum(len(turn.of_kind("functionResponse")) for turn in self.since_prompt)

    @property
    def last_result(self) -> str:
        for turn in reversed(self.since_prompt):
            if results := turn.of_kind("functionResponse"):
                return "\n".join(_result_text(result) for result in results)
        return ""

    @property
    def heard(self) -> str:
        said: list[str] = []
        for turn in reversed(self.since_prompt):
            if turn.role == "model":
                break
            said.insert(0, turn.said)
        return "\n".join(said)

    @property
    def working_directory(self) -> str | None:
        contexts = [context for turn in self.turns for context in _SESSION_CONTEXT.findall(turn.text)]
        found = _WORKING_DIRECTORY.findall("\n".join(contexts))
        return found[-1].strip() if found else None

    def whole_text(self) -> str:
        parts = [self.system]
        for turn in self.turns:
            parts.append(turn.text)
            parts += [_result_text(result) for result in turn.of_kind("functionResponse")]
        return "\n".join(parts)

    def _prompt_index(self) -> int:
        return next((index for index in range(len(self.turns) - 1, -1, -1) if self.turns[index].asks), -1)


def read_conversation(model: str, body: bytes) -> Conversation:
    """Decode and check a request. Raises ApiError 400 with the rule that was broken."""
    document = _object(body)
    if unknown := sorted((name, "") for name in document.keys() - FIELDS):
        raise unknown_names(unknown)
    config = _camel(document.get("generationConfig") or {})
    if unknown := sorted((name, "generation_config") for name in config.keys() - CONFIG_FIELDS):
        raise unknown_names(unknown)
    turns = tuple(_turn(index, content) for index, content in enumerate(_list(document.get("contents"))))
    for problem in _shape_problems(turns):
        raise ApiError(400, problem)
    return Conversation(
        model=model,
        turns=turns,
        system=_turn(0, document["systemInstruction"]).text if document.get("systemInstruction") else "",
        offered=frozenset(_names(_list(document.get("tools")))),
        config=config,
    )


def read_counting(model: str, body: bytes) -> Conversation:
    """A request to `countTokens`: the `contents` alone, or a whole request to generate."""
    document = _object(body)
    inner = document.get("generateContentRequest")
    return read_conversation(model, json.dumps(inner if isinstance(inner, dict) else document).encode())


def _shape_problems(turns: tuple[Turn, ...]) -> Iterable[str]:
    """https://ai.google.dev/gemini-api/docs/function-calling: responses follow their calls at once, one for each."""
    if not turns:
        yield "* GenerateContentRequest.contents: contents is not specified\n"
    for index, turn in enumerate(turns):
        if turn.role not in ("user", "model", "function"):
            yield "Please use a valid role: user, model."
        if not turn.parts:
            yield f"* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.\n"
        calls = len(turns[index - 1].of_kind("functionCall")) if index else 0
        answers = len(turn.of_kind("functionResponse"))
        if calls != answers and (answers or (calls and turn.role != "model")):
            yield (
                "Please ensure that the number of function response parts is equal to the number of function call parts of "
                "the function call turn."
            )
        if turn.of_kind("functionCall") and (index == 0 or turns[index - 1].role == "model"):
            yield (
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
            )


def _turn(index: int, content: Any) -> Turn:
    if not isinstance(content, dict):
        raise ApiError(400, f"Invalid value at 'contents[{index}]', {json.dumps(content)[:80]}")
    content = _camel(content)
    if unknown := sorted((name, f"contents[{index}]") for name in content.keys() - {"parts", "role"}):
        raise unknown_names(unknown)
    parts = content.get("parts")
    parts = [parts] if isinstance(parts, dict) else _list(parts)
    read = tuple(_camel(part) for part in parts if isinstance(part, dict))
    for place, part in enumerate(read):
        if unknown := sorted((name, f"contents[{index}].parts[{place}]") for name in part.keys() - PART_FIELDS):
            raise unknown_names(unknown)
    return Turn(str(content.get("role") or "user"), read)


def _names(tools: list[Any]) -> Iterable[str]:
    for index, tool in enumerate(tools):
        if unknown := sorted((name, f"tools[{index}]") for name in _camel(tool).keys() - TOOL_FIELDS):
            raise unknown_names(unknown)
        if "googleSearch" in _camel(tool):
            yield SEARCH
        declared = _camel(tool).get("functionDeclarations") if isinstance(tool, dict) else None
        yield from (str(function["name"]) for function in _list(declared) if isinstance(function, dict) and "name" in function)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ApiError(400, "Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(document, dict):
        raise ApiError(400, "Invalid JSON payload received. Root element must be a message.")
    return _camel(document)


def _camel(document: Any) -> dict[str, Any]:
    """The same with its own names in camel case; what is inside is left as it is."""
    if not isinstance(document, dict):
        return {}
    return {re.sub(r"(?<=[a-z0-9])_([a-z])", lambda found: found[1].upper(), name): value for name, value in document.items()}


def _signed(signature: Any) -> str:
    """The id of the call that came with this signature; nothing for one that is not of this emulator's making."""
    try:
        # In the alphabet of URLs, too: JSON of protocol buffers takes either.
        return base64.b64decode(str(signature or "").replace("-", "+").replace("_", "/")).decode()
    except ValueError:
        return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _result_text(result: dict[str, Any]) -> str:
    response = result.get("response")
    if isinstance(response, dict):
        return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in response.values())
    return str(response)
