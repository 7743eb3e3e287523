"""How screenshots read: what was before the change beside what is after it, each with its caption, commit and time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.screenshot import Screenshot
from github_app.replies.markdown import code_span, moment, table_cell
from github_app.text.neutral import neutralise_line

MAX_CAPTION_CHARACTERS = 300

NOTHING_THERE = "–"


def screenshots_table(screenshots: Sequence[Screenshot]) -> str:
    """Empty without any. The first before stands beside the first after, and so on; what is neither has its own rows."""
    before, after, others = ([each for each in screenshots if each.moment == moment] for moment in ("before", "after", ""))
    tables = []
    if before or after:
        rows = max(len(before), len(after))
        left, right = ([cell(each) for each in side] + [NOTHING_THERE] * (rows - len(side)) for side in (before, after))
        lines = [f"| {one} | {other} |" for one, other in zip(left, right, strict=True)]
        tables.append("\n".join(["| Before | After |", "| --- | --- |", *lines]))
    if others:
        tables.append("\n".join(["| Screenshot |", "| --- |", *(f"| {cell(each)} |" for each in others)]))
    return "\n\n".join(tables)


def cell(screenshot: Screenshot) -> str:
    """The address is Harvest's own, and has no words of the agent's in its markup; of the rest nothing acts in a cell."""
    caption = table_cell(neutralise_line(screenshot.caption, max_length=MAX_CAPTION_CHARACTERS))
    return f"![Screenshot]({screenshot.url})<br>{caption}<br><sub>{stamp_of(screenshot)}</sub>"


def stamp_of(screenshot: Screenshot) -> str:
    stamp = screenshot.stamp
    time = moment(stamp.at)
    if not stamp.commit:
        return time
    commit = code_span(stamp.commit[:7])
    commit = f"[{commit}]({screenshot.commit_url})" if screenshot.commit_url else commit
    return f"{commit}{' and changes on top' if stamp.on_top else ''}, {time}"
