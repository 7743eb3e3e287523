"""What tokens cost."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from github_app.gateway.model.prices import DEAREST, PRICES, Tokens, cost_microdollars, most_microdollars, price_of

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("model", "tokens", "dollars"),
    [
        ("claude-opus-5-5", Tokens(input=MILLION), 4),
        ("claude-opus-5-5", Tokens(output=MILLION), 20),
        ("claude-opus-5-5-20260901", Tokens(cache_read=MILLION), 0.2),
        ("claude-opus-5-5", Tokens(cache_write=MILLION), 5),
        ("claude-opus-5-5", Tokens(cache_write=MILLION, cache_write_1h=MILLION), 8),
        ("claude-opus-5-5", Tokens(cache_write=MILLION, cache_write_1h=MILLION // 2), 6.5),
        ("claude-opus-5-5", Tokens(input=MILLION, us_only=True), 4.4),
        ("claude-opus-5", Tokens(input=MILLION), 5),
        ("claude-opus-4-6", Tokens(input=MILLION), 5),
        ("claude-opus-4-1-20250805", Tokens(input=MILLION), 15),
        ("claude-opus-4-20250514", Tokens(input=MILLION), 15),
        ("claude-sonnet-5-5", Tokens(cache_read=MILLION), 0.1),
        ("claude-sonnet-5", Tokens(cache_read=MILLION), 0.2),
        ("claude-sonnet-4-5-20250929", Tokens(output=MILLION), 15),
        ("claude-sonnet-4-5-20250929", Tokens(input=MILLION), 6),
        ("claude-sonnet-4-5-20250929", Tokens(input=200_000), 0.6),
        ("claude-haiku-5-5", Tokens(input=100_000), 0.01),
        ("claude-haiku-5-5", Tokens(input=100_001), 0.0500005),
        ("claude-haiku-5-5", Tokens(input=1, cache_read=60_000, cache_write=60_000, output=1000), 0.0430005),
        ("claude-haiku-4-5", Tokens(output=MILLION), 5),
        ("claude-fable-5-1", Tokens(cache_read=MILLION), 0.25),
        ("gemini-9", Tokens(output=MILLION), 75),
        ("gemini-3.1-pro-preview", Tokens(input=1000, output=100, searches=3), 0.0452),
        ("gemini-2.5-pro", Tokens(searches=3), 0.035),
        ("gemini-9", Tokens(searches=3), 0.105),
        ("claude-opus-6", Tokens(input=MILLION), 15),
        ("claude-opus-5-5", Tokens(), 0),
    ],
)
def test_an_answer_costs_what_the_price_list_says(model: str, tokens: Tokens, dollars: float) -> None:
    assert cost_microdollars(model, tokens) == pytest.approx(dollars * MILLION, abs=1)


def test_no_model_is_dearer_than_an_unknown_one() -> None:
    for _, price in PRICES:
        listed = [rate for rate in astuple(price)[:5] if rate is not None]
        assert all(rate <= dearest for rate, dearest in zip(listed, astuple(DEAREST)[:5], strict=True))


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PRICES])
def test_every_price_can_be_reached(pattern: str) -> None:
    model = pattern.replace("[5-8]", "5").rstrip("*")

    assert price_of(model) is dict(PRICES)[pattern]


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-haiku-5-5", "unheard-of"])
def test_a_request_never_costs_more_than_was_thought_possible(model: str) -> None:
    most = most_microdollars(model, prompt_tokens=200_000, max_tokens=1000)

    assert cost_microdollars(model, Tokens(input=200_000, output=1000, us_only=True)) <= most
    assert cost_microdollars(model, Tokens(cache_write=200_000, cache_write_1h=200_000, output=1000)) <= most
