"""The options of a command, read strictly: `--name`, `--name value` or `--name=value`, before the text. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from github_app.commands.option import Option
from github_app.commands.slips import slips
from github_app.domain.ask import Unclear

# A word that is an option, or what a phone makes of its two dashes. Two dashes alone end the options.
_FLAG = re.compile(r"(?:--|—|–)(?P<name>[A-Za-z][A-Za-z0-9-]*)?(?:=(?P<value>\S*))?(?=\s|$)")
_FIRST_FLAG = re.compile(rf"(?:^|(?<=\s)){_FLAG.pattern}")
_WORD = re.compile(r"\S+")

# "--bugdet" is two slips from "--budget" for whom a swap is two.
MOST_SLIPS = 2


@dataclass(frozen=True)
class Options:
    """What was read: the options with their values, and what stands behind them."""

    options: dict[str, str]
    rest: str


def flag_in(line: str) -> tuple[str, str | None]:
    """What stands before the first option in a line, and that option's word; the whole line and None when it has none."""
    found = _FIRST_FLAG.search(line)
    return (line, None) if found is None else (line[: found.start()], found[0])


def read_options(line: str, known: Sequence[Option], verb: str) -> Options | Unclear:
    """The options at the beginning of a line, or what is wrong with them; `verb` is how the command was begun."""
    read: dict[str, str] = {}
    kinds: dict[str, str] = {}
    rest = line.lstrip()
    while found := _FLAG.match(rest):
        name, value = (found["name"] or "").lower(), found["value"]
        rest = rest[found.end() :].lstrip()
        if not name:
            if found[0] == "--":
                break
            return Options(read, f"{found[0]} {rest}")  # a dash between words
        option = next((one for one in known if one.name == name), None)
        if option is None:
            return Unclear("option", f"--{name}", nearest(name, known))
        if option.kind in kinds:
            return Unclear("twice", kinds[option.kind], option.flag)
        if option.takes and value is None and (word := _WORD.match(rest)) and not _FLAG.match(rest):
            value, rest = word[0], rest[word.end() :].lstrip()
        if (option.takes and not option.takes_as_value(value or "")) or (not option.takes and value is not None):
            return Unclear("value", f"{option.flag} {value or ''}".strip(), f"{option.flag} {option.example}".strip())
        read[name], kinds[option.kind] = value or "", option.flag
    return Options(read, rest.strip())


def nearest(name: str, known: Sequence[Option]) -> str:
    """The option that was probably meant, else all that there are; empty when the verb has none."""
    near = sorted((slips(name, option.name), option.flag) for option in known)
    if near and near[0][0] <= MOST_SLIPS:
        return near[0][1]
    return ", ".join(option.flag for option in known)


def options_at_the_end(line: str, known: Sequence[Option]) -> tuple[str, str] | None:
    """The text of a line and the options behind it, when all that follows the first of them is options with fit values."""
    before, flag = flag_in(line)
    if flag is None or not before.strip() or flag == "--":
        return None
    options = line[len(before) :].strip()
    read = read_options(options, known, "")
    if isinstance(read, Unclear) or read.rest or not read.options:
        return None
    return before.strip(), options
