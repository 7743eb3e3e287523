"""What a model's tokens cost, in US dollars per million. Pure; the one place to change when a price does.

Source: https://platform.claude.com/docs/en/about-claude/pricing, as of 2026-11-22; the Claude CLI 2.1.330 reckons alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

# Inference that is kept in the US costs a tenth more: https://platform.claude.com/docs/en/about-claude/pricing
US_ONLY_FACTOR = 1.1
# Many times what any request can come to.
MOST_TOKENS = 1_000_000_000


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens. `long_prompt` holds for all tokens of a request whose prompt, cached parts included, is
    longer than `long_prompt_above` tokens."""

    input: float
    output: float
    cache_write: float
    cache_write_1h: float
    cache_read: float
    long_prompt_above: int | None = None
    long_prompt: Price | None = None


@dataclass(frozen=True)
class Tokens:
    """The tokens of one answer. `cache_write_1h` are those among `cache_write` that are kept for an hour. `searches` are the
    queries that the model has put to Google Search for it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    us_only: bool = False
    searches: int = 0


_OPUS_5 = Price(input=5, output=25, cache_write=6.25, cache_write_1h=10, cache_read=0.5)
_OPUS_4 = Price(input=15, output=75, cache_write=18.75, cache_write_1h=30, cache_read=1.5)
_SONNET_4 = Price(
    *(3, 15, 3.75, 6, 0.3),
    long_prompt_above=200_000,
    long_prompt=Price(input=6, output=22.5, cache_write=7.5, cache_write_1h=12, cache_read=0.6),
)
_FABLE_5 = Price(input=10, output=50, cache_write=12.5, cache_write_1h=20, cache_read=1)
_FABLE_5_1 = Price(input=10, output=50, cache_write=12.5, cache_write_1h=20, cache_read=0.25)

_GEMINI_3_PRO = Price(
    *(2, 12, 2, 2, 0.2),
    long_prompt_above=200_000,
    long_prompt=Price(input=4, output=18, cache_write=4, cache_write_1h=4, cache_read=0.4),
)

# By the ids that the CLI sends; the first pattern that fits counts, so the narrower ones stand first.
PRICES: tuple[tuple[str, Price], ...] = (
    ("claude-fable-5-1*", _FABLE_5_1),
    ("claude-mythos-5-1*", _FABLE_5_1),
    ("claude-fable-5*", _FABLE_5),
    ("claude-mythos-5*", _FABLE_5),
    ("claude-opus-5-5*", Price(input=4, output=20, cache_write=5, cache_write_1h=8, cache_read=0.2)),
    ("claude-opus-5*", _OPUS_5),
    ("claude-opus-4-[5-8]*", _OPUS_5),
    ("claude-opus-4*", _OPUS_4),
    ("claude-sonnet-5-5*", Price(input=2, output=10, cache_write=2.5, cache_write_1h=4, cache_read=0.1)),
    ("claude-sonnet-5*", Price(input=2, output=10, cache_write=2.5, cache_write_1h=4, cache_read=0.2)),
    ("claude-sonnet-4*", _SONNET_4),
    ("claude-3-7-sonnet*", _SONNET_4),
    (
        "claude-haiku-5-5*",
        Price(
            *(0.1, 0.5, 0.125, 0.2, 0.01),
            long_prompt_above=100_000,
            long_prompt=Price(input=0.5, output=2.5, cache_write=0.625, cache_write_1h=1, cache_read=0.05),
        ),
    ),
    ("claude-haiku-4*", Price(input=1, output=5, cache_write=1.25, cache_write_1h=2, cache_read=0.1)),
    ("claude-3-5-haiku*", Price(input=0.8, output=4, cache_write=1, cache_write_1h=1.6, cache_read=0.08)),
    # Gemini fills its cache by itself and charges the prompt alone: https://ai.google.dev/gemini-api/docs/pricing
    ("gemini-3.1-pro*", _GEMINI_3_PRO),
    ("gemini-3-pro*", _GEMINI_3_PRO),
    ("gemini-3-flash*", Price(input=0.5, output=3, cache_write=0.5, cache_write_1h=0.5, cache_read=0.05)),
    ("gemini-3.1-flash-lite*", Price(input=0.25, output=1.5, cache_write=0.25, cache_write_1h=0.25, cache_read=0.025)),
    (
        "gemini-2.5-pro*",
        Price(
            *(1.25, 10, 1.25, 1.25, 0.125),
            long_prompt_above=200_000,
            long_prompt=Price(input=2.5, output=15, cache_write=2.5, cache_write_1h=2.5, cache_read=0.25),
        ),
    ),
)
# A model that isn't in the table is never free: it counts as the dearest of all.
DEAREST = _OPUS_4


@dataclass(frozen=True)
class SearchPrice:
    """US dollars for a query put to Google Search, or, where it is `once`, for all queries of one answer."""

    dollars: float
    once: bool = False


# $14 for 1,000 queries, and before Gemini 3 $35 for 1,000 prompts that were searched for, as of 2026-11-29. What Google gives
# away each month or day counts as paid: nobody here knows what is left of it. https://ai.google.dev/gemini-api/docs/pricing
SEARCH_PRICES: tuple[tuple[str, SearchPrice], ...] = (
    ("gemini-4*", SearchPrice(0.014)),
    ("gemini-3*", SearchPrice(0.014)),
    ("gemini-2*", SearchPrice(0.035, once=True)),
)
DEAREST_SEARCH = SearchPrice(0.035)


def price_of(model: str) -> Price:
    """The price of a model by its id."""
    return next((price for pattern, price in PRICES if fnmatchcase(model, pattern)), DEAREST)


def cost_microdollars(model: str, tokens: Tokens) -> int:
    """What an answer cost, rounded to the nearest millionth of a dollar."""
    price = _for_prompt(price_of(model), tokens.input + tokens.cache_read + tokens.cache_write)
    dollars_per_million = (
        tokens.input * price.input
        + tokens.output * price.output
        + tokens.cache_read * price.cache_read
        + (tokens.cache_write - tokens.cache_write_1h) * price.cache_write
        + tokens.cache_write_1h * price.cache_write_1h
    )
    # Tokens times dollars per million are millionths of a dollar already.
    for_tokens = round(dollars_per_million * (US_ONLY_FACTOR if tokens.us_only else 1))
    return for_tokens + search_microdollars(model, tokens.searches)


def search_microdollars(model: str, searches: int) -> int:
    """What so many queries of one answer cost."""
    price = next((price for pattern, price in SEARCH_PRICES if fnmatchcase(model, pattern)), DEAREST_SEARCH)
    return round((min(searches, 1) if price.once else searches) * price.dollars * 1_000_000)


def most_tokens(prompt_tokens: int, max_tokens: int, searches: int = 0) -> Tokens:
    """The dearest use that a request can come to: all of its prompt may be written to the cache for an hour."""
    return Tokens(output=max_tokens, cache_write=prompt_tokens, cache_write_1h=prompt_tokens, us_only=True, searches=searches)


def most_microdollars(model: str, prompt_tokens: int, max_tokens: int, searches: int = 0) -> int:
    """What a request may cost at most."""
    return cost_microdollars(model, most_tokens(prompt_tokens, max_tokens, searches))


def _for_prompt(price: Price, prompt_tokens: int) -> Price:
    if price.long_prompt is not None and price.long_prompt_above is not None and prompt_tokens > price.long_prompt_above:
        return price.long_prompt
    return price
