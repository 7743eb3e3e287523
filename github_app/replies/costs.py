"""How the answer to `cost` reads: a table of money, tokens and time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.replies.markdown import code_span, dollars, duration
from state.budgets import Budget
from state.columns import to_dollars
from state.costs import Cost


def costs_text(rows: Sequence[tuple[str, Cost]], budgets: Sequence[Budget], *, counted: bool) -> str:
    """`rows` are what is added up, with a name for each; `budgets` what the next request here would be paid from. Unless it is
    `counted`, the model is reached without Harvest's gateway, which counts."""
    table = "\n".join(
        f"| {name} | {cost.jobs} | {dollars(cost.cost_usd) if cost.cost_usd else '$0.00'} | {tokens(cost.input_tokens)} | "
        f"{tokens(cost.output_tokens)} | {duration(cost.seconds)} |"
        for name, cost in rows
    )
    limit = "\n".join(f"- {budget_line(budget)}" for budget in budgets)
    if not counted:
        limit = "The model is reached without Harvest's gateway here, so money and tokens are not counted."
    head = "| | requests | money | tokens read | tokens written | time |\n| --- | --- | --- | --- | --- | --- |"
    return f"{head}\n{table}\n\n{limit}"


def budget_line(budget: Budget) -> str:
    """A budget and what was spent of it; nobody has spent anything of the next request's own."""
    limit, set_by = dollars(to_dollars(budget.limit_microdollars)), code_span(budget.set_by)
    if not budget.period and not budget.spent_microdollars:
        return f"{budget.whose.removeprefix('this ')}: at most {limit} ({set_by})"
    spent = dollars(to_dollars(budget.spent_microdollars))
    return f"{budget.whose.removeprefix('this ')} {budget.period}".rstrip() + f": {spent} of {limit} ({set_by})"


def tokens(count: int) -> str:
    """950, 12k, 3.4M."""
    if count < 1_000:
        return str(count)
    return f"{count / 1_000:.0f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"
