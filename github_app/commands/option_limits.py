"""Whether the options of a command fit where it was said: what a job may cost, and what is settled there already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from github_app.domain.ask import PullHead, dollars_in
from github_app.replies import refusals
from state.sessions import Session


def why_not(
    options: Mapping[str, str], most: tuple[str, float], models: Sequence[str] | None, session: Session, pull: PullHead | None
) -> str:
    """A sentence on the option that can't be had, empty when all can. `most` is the setting by which a job may spend so
    many dollars, `models` the
    patterns that the repository keeps to, None for any; `pull` is the pull request that was asked on."""
    if why := why_not_model(options, models):
        return why
    if "budget" in options and dollars_in(options["budget"]) > most[1]:
        return refusals.over_the_budget(options["budget"].removeprefix("$"), *most)
    base = pull.base_branch if pull is not None else session.base_branch
    if "base" in options and base is not None and options["base"] != base:
        return refusals.base_is_settled(options["base"], base)
    opened = pull.number if pull is not None else session.pull_number
    for name in ("draft", "ready"):
        if name in options and opened is not None:
            return refusals.pull_is_open(f"--{name}", opened)
    return ""


def why_not_model(options: Mapping[str, str], models: Sequence[str] | None) -> str:
    """The same of the model alone."""
    model = options.get("model", "")
    # What a short name stands for is known to the CLI alone; the gateway looks at that.
    if models is not None and model.startswith("claude-") and not any(fnmatchcase(model, pattern) for pattern in models):
        return refusals.model_not_used(model, models)
    return ""
