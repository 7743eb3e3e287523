"""What tools cost at each turn is counted for each server of Harvest's own, and stays little."""

from __future__ import annotations

from benchmarks.tool_tokens import costs
from github_app.settings.tool_servers import BUILT_INS

# As much as a page of text.
MOST_TOKENS = 2_500


def test_every_server_of_harvests_own_is_counted_and_none_costs_more_than_a_page() -> None:
    tokens = {cost.server: cost.tokens for cost in costs()}
    assert tokens.keys() == {*BUILT_INS, "harvest"}
    assert {server: count for server, count in tokens.items() if count > MOST_TOKENS} == {}
