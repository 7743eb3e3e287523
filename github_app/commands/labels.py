"""What a label says, by what stands behind its name. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from github_app.domain.ask import Command

# Behind "harvest": nothing, or a colon and a word.
SAID_BY_LABEL: Mapping[str, Command] = {
    "": Command("do"),
    ":plan": Command("plan"),
    ":review": Command("review"),
    ":auto": Command("auto"),
}


def command_of(name: str, label: str) -> Command | None:
    """The command that a label of this name says, where Harvest's own is called `label`; None for any other label. GitHub's
    labels don't differ by case."""
    name, label = name.casefold(), label.casefold()
    if not name.startswith(label):
        return None
    return SAID_BY_LABEL.get(name[len(label) :])


def label_names(label: str) -> list[str]:
    """The names of all labels that say something."""
    return [label + more for more in SAID_BY_LABEL]


def label_for(verb: str, label: str) -> str:
    """The name of the label that says this verb. Raises LookupError when none does."""
    return next(label + more for more, command in SAID_BY_LABEL.items() if command.verb == verb)
