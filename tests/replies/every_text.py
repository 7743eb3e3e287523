"""Every text that a person reads on GitHub, with typical values. `python -m tests.replies.every_text` writes texts.md."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from github_app import replies
from github_app.domain.ending import Ending
from github_app.replies import (
    command_answers,
    endings,
    half_done,
    issues,
    kept_work,
    memory,
    plan_wording,
    question,
    refusals,
    review_threads,
    spawning,
    tools,
    unclear,
    watching,
    wording,
)
from tests.replies.surfaces import surfaces
from tests.replies.typical import BY_TYPE, FOR_ONE, TYPICAL

TEXTS = Path(__file__).parent / "texts.md"
ACCEPT = f".venv/bin/python -m {__package__}.every_text"

HEAD = f"""\
# Every text that a person reads on GitHub

Rendered from `github_app/replies/` with typical values, and held by a test. When a text changes, `{ACCEPT}`
writes this page anew: read what it changes.
"""

# Those whose functions each are a sentence or an end, by what is said in them.
OF_SENTENCES = {
    wording: "How a job stands",
    command_answers: "What is answered to a command",
    refusals: "Why a request is not carried out",
    unclear: "What is asked back",
    plan_wording: "About plans",
    endings: "How a job ends",
    half_done: "Work that came to no end",
    kept_work: "Work that was not published",
    review_threads: "About review threads",
    tools: "About the tools that an agent had",
    watching: "About watches",
    issues: "About issues of another tracker, and in them",
    memory: "About memory",
    question: "About questions",
    spawning: "About work in other repositories",
}

# What is in `github_app/replies` and not read there: on an operator's command line, by an agent, or by nobody.
NOT_ON_GITHUB = {
    "markdown.file_size",
    "memory.is_shown_whole",
    "plan.shown_whole",
    "review.told",
    "review.can_be_shown_as_it_is",
}


def every_text() -> str:
    """The whole page."""
    parts = [HEAD, *(f"## {title}\n\n{text}\n" for title, text in surfaces())]
    for module, title in OF_SENTENCES.items():
        told = "\n".join([*constants_of(module), *sentences_of(module)])
        parts.append(f"## {title}: `{name_of(module)}.py`\n\n{told}\n")
    return "\n".join(parts)


def constants_of(module: ModuleType) -> Iterator[str]:
    """A line for each text and end that it has ready, those that it has from a module before it left out."""
    before = itertools.takewhile(lambda other: other is not module, OF_SENTENCES)
    told = {id(value) for other in before for value in vars(other).values()}
    for name, value in vars(module).items():
        if id(value) in told or not name.isupper():
            continue
        if isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values()):
            yield from (f"- {name}, {key}: {text}" for key, text in value.items())
        elif isinstance(value, Ending) or (isinstance(value, str) and " " in value):
            yield f"- {name}: {on_one_line(value)}"


def sentences_of(module: ModuleType) -> Iterator[str]:
    """A line for each way in which each function of it reads."""
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and is_said(value):
            said = [on_one_line(value(**values)) for values in values_for(f"{name_of(module)}.{name}", value)]
            yield from (f"- {name}: {text}" for text in dict.fromkeys(said))


def is_said(function: Callable[..., Any]) -> bool:
    """Whether it gives a text of its own: a sign for finding a comment again is none."""
    return inspect.signature(function).return_annotation in ("str", "Ending") and not function.__name__.endswith("marker")


def values_for(name: str, function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """None for a function that takes more than words: it is a part of a surface."""
    parameters = inspect.signature(function).parameters.values()
    choices = [choices_for(name, parameter) for parameter in parameters]
    for values in itertools.product(*choices):
        yield dict(zip((parameter.name for parameter in parameters), values, strict=True))


def choices_for(name: str, parameter: inspect.Parameter) -> tuple[Any, ...]:
    own = FOR_ONE.get(name, {}).get(parameter.name)
    return own or TYPICAL.get(parameter.name) or BY_TYPE.get(str(parameter.annotation), ())


def on_one_line(said: str | Ending) -> str:
    if isinstance(said, Ending):
        parts = [f"[{said.outcome}] {said.happened}"]
        parts += [f"**Kept:** {said.kept}"] if said.kept else []
        parts += [f"**What to do:** {said.advice}"] if said.advice else []
        said = " ".join(parts)
    return said.replace("\n", " ⏎ ")


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def not_rendered() -> set[str]:
    """The functions of `github_app/replies` that do not run when the page is made."""
    ran: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            ran.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        every_text()
    finally:
        sys.setprofile(before)
    missing = set()
    for path in Path(replies.__file__).parent.glob("*.py"):
        module = sys.modules.get(f"{replies.__name__}.{path.stem}", replies)
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and function.__code__ not in ran:
                missing.add(f"{path.stem}.{name}")
    return {name for name in missing - NOT_ON_GITHUB if not name.endswith("marker")}


if __name__ == "__main__":
    TEXTS.write_text(every_text(), encoding="utf-8")
