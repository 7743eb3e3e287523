"""How the answer to `cost` reads: a table of money, tokens and time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.replies.markdown import dollars, duration
from state.costs import Cost


def costs_text(rows: Sequence[tuple[str, Cost]], most_usd: float, *, counted: bool) -> str:
    """`rows` are what is added up, with a name for each; `most_usd` is what one job may spend. Unless it is `counted`, the
    model is reached without Harvest's gateway, which counts."""
    table = "\n".join(
        f"| {name} | {cost.jobs} | {dollars(cost.cost_usd) if cost.cost_usd else '$0.00'} | {tokens(cost.input_tokens)} | "
        f"{tokens(cost.output_tokens)} | {duration(cost.seconds)} |"
        for name, cost in rows
    )
    limit = f"One request may spend {dollars(most_usd)}."
    if not counted:
        limit = "The model is reached without Harvest's gateway here, so money and tokens are not counted."
    head = "| | requests | money | tokens read | tokens written | time |\n| --- | --- | --- | --- | --- | --- |"
    return f"{head}\n{table}\n\n{limit}"


def tokens(count: int) -> str:
    """950, 12k, 3.4M."""
    if count < 1_000:
        return str(count)
    return f"{count / 1_000:.0f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"
