"""Writes the verbs, options and labels into docs/guide.md, from the grammar itself: `python docs/write_guide.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from github_app.commands.all_verbs import all_verbs
from github_app.commands.labels import SAID_BY_LABEL
from github_app.commands.option import Option
from github_app.commands.verb import ON_ISSUES, ON_PULLS, Verb

PAGE = Path(__file__).parent / "guide.md"
WORD, LABEL = "/harvest", "harvest"
END = "<!-- end of what is written -->"

# In which order people need them. A verb that stands nowhere here comes last.
ORDER = (
    *("do", "ask", "plan", "revise", "approve", "auto", "review"),
    *("fix-ci", "resolve", "rebase", "watch"),
    *("status", "queue", "steer", "answer", "stop", "resume", "retry", "undo", "publish"),
    *("cost", "memory", "settings", "help"),
)


def verbs() -> list[Verb]:
    """All that can be said."""
    place = {name: at for at, name in enumerate(ORDER)}
    return sorted((verb for verb in all_verbs().values() if verb.forms), key=lambda verb: place.get(verb.name, len(ORDER)))


def rows_of_verbs() -> Iterator[str]:
    yield "| write | and Harvest | options |\n| --- | --- | --- |"
    for verb in verbs():
        options = " ".join(f"`{option.syntax.partition(' ')[0]}`" for option in verb.options)
        for form in verb.forms:
            where = " (on issues)" if form.places == ON_ISSUES else " (on pull requests)" if form.places == ON_PULLS else ""
            yield f"| `{f'{WORD} {form.syntax}'.strip()}` | {form.help}{where} | {options} |"
            options = ""


def rows_of_options() -> Iterator[str]:
    yield "| option | Harvest |\n| --- | --- |"
    told: dict[Option, None] = dict.fromkeys(option for verb in verbs() for option in verb.options)
    yield from (f"| `{option.syntax}` | {option.help} |" for option in told)


def rows_of_labels() -> Iterator[str]:
    yield "| label | does the same as |\n| --- | --- |"
    for behind, said in SAID_BY_LABEL.items():
        yield f"| `{LABEL}{behind}` | `{WORD if said.verb == 'do' else f'{WORD} {said.verb}'}` |"


def page_with_them(page: str) -> str:
    """The page with all three written anew."""
    for name, rows in (("verbs", rows_of_verbs()), ("options", rows_of_options()), ("labels", rows_of_labels())):
        before, begin, rest = page.partition(f"<!-- {name}, written by docs/write_guide.py -->\n")
        page = before + begin + "".join(f"{row}\n" for row in rows) + END + rest.partition(END)[2]
    return page


if __name__ == "__main__":
    PAGE.write_text(page_with_them(PAGE.read_text()))
