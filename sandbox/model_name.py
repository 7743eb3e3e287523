"""Names of models as the Claude CLI takes them: aliases, `[1m]`, and what it makes of them. Pure.

https://code.claude.com/docs/en/model-config
"""

from __future__ import annotations

FAMILIES = ("fable", "haiku", "mythos", "opus", "sonnet")

# The CLI chooses a model by itself for these: it may be of any of the families. `opusplan` is Opus while it plans.
ALIASES: dict[str, tuple[str, ...]] = {
    **{family: (family,) for family in FAMILIES},
    "best": FAMILIES,
    "default": FAMILIES,
    "opusplan": ("opus", "sonnet"),
}

# Asks for the long context window; the CLI takes it off again before it names the model.
_LONG_CONTEXT = "[1m]"


def plain_name(model: str) -> str:
    """The name in small letters and without the mark for the long context."""
    return model.strip().lower().removesuffix(_LONG_CONTEXT).strip()


def family_of(model: str) -> str | None:
    """The family that a full id (`claude-sonnet-5-5`) belongs to; None for one that is not Claude's."""
    parts = plain_name(model).split("-")
    return next((part for part in parts if part in FAMILIES), None) if parts[0] == "claude" else None


def is_what_was_asked_for(started: str, asked: str) -> bool:
    """Whether a CLI that was asked for the model `asked` may say that it has started with `started`.

    An alias becomes a full id of its families, a full id stays or becomes its family's successor when it was retired.
    """
    if plain_name(started) == plain_name(asked):
        return True
    families = ALIASES.get(plain_name(asked)) or (family_of(asked),)
    family = family_of(started)
    return family is not None and family in families
