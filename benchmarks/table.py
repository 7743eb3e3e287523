"""The figures as tables in markdown, each beside its target, and their place in docs/benchmarks.md. Pure but for that file."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.door.measure import ACCEPTED, BARE, IGNORED, SERVING, DoorFigures, Figure
from benchmarks.jobs import JobFigures, middle, middles, most_requests
from benchmarks.modal.measure import ModalFigures
from benchmarks.size import Size
from benchmarks.tools import ToolFigures

BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of the figures -->"

# Of what a bare Starlette takes.
DOOR_TARGETS = {IGNORED: 0.8, SERVING: 0.8, ACCEPTED: 0.4}

MOST_OF_BY_HAND, MOST_OF_BY_HAND_FOLLOW_UP = 3.0, 1.2
FIRST_REQUESTS, FOLLOW_UP_REQUESTS = 12, 10
RESIDENT_MB, AT_REST, READY_SECONDS, HELP_SECONDS = 150, 0.015, 1.2, 0.4

TOOL_MS = 10

# Where the generator used more of its core than this, it may have measured itself.
GENERATOR_LIMIT = 0.8


def door_tables(door: DoorFigures) -> str:
    """A table for each size: a row for each load, a column for each server; and what a delivery costs the core."""
    parts = []
    for size, loads in door.figures.items():
        servers = list(next(iter(loads.values())))
        rows = [[load, *(cell(name, figures[name], figures[BARE]) for name in servers)] for load, figures in loads.items()]
        costs = [
            [f"_core, {load}_", *(f"{figures[name].core_ms:.2f} ms" for name in servers)] for load, figures in loads.items()
        ]
        parts.append(f"### The door, {size}\n\n{markdown(['', *servers], [*rows, *costs])}")
    busiest = f"The load generator used at most {door.busiest:.0%} of its core"
    parts.append(f"{busiest}{' and may have measured itself' if door.busiest > GENERATOR_LIMIT else ''}. {probot_line(door)}")
    return "\n\n".join(parts)


def cell(name: str, figure: Figure, bare: Figure) -> str:
    ratio = figure.per_second / bare.per_second
    target = DOOR_TARGETS.get(name)
    verdict = "" if target is None else f" {mark(ratio >= target)}"
    return f"{figure.per_second:,.0f}/s · {ratio:.2f}×{verdict} · {figure.p50:.1f} / {figure.p99:.0f} ms"


def probot_line(door: DoorFigures) -> str:
    return f"Probot {door.probot} from npm." if door.probot[:1].isdigit() else f"Probot was left out: {door.probot}."


def job_tables(jobs: JobFigures) -> str:
    """The way to the model's first request, and where the time goes."""
    hand, first, follow_up = statistics.median(jobs.hand), jobs.ratio(jobs.first), jobs.ratio(jobs.follow_ups)
    asked, asked_next = most_requests(jobs.first), most_requests(jobs.follow_ups)
    figures = [
        row("label → the model's first request", f"{middle(jobs.first):.2f} s"),
        row("the same by hand: `git clone && claude -p`", f"{hand:.2f} s"),
        row("ratio", f"{first:.2f}×", f"≤ {MOST_OF_BY_HAND:.0f}×", first <= MOST_OF_BY_HAND),
        row("label → 👀", f"{statistics.median(job.reaction for job in jobs.first):.2f} s"),
        row("comment on the pull request → the model's first request", f"{middle(jobs.follow_ups):.2f} s"),
        row(
            "ratio to the first one by hand",
            f"{follow_up:.2f}×",
            f"≤ {MOST_OF_BY_HAND_FOLLOW_UP}×",
            follow_up <= MOST_OF_BY_HAND_FOLLOW_UP,
        ),
        row("the same where no agent stands by", f"{middle(jobs.later):.2f} s"),
        row("ratio to the first one by hand", f"{jobs.ratio(jobs.later):.2f}×"),
        row("GitHub requests, first job", str(asked), f"≤ {FIRST_REQUESTS}", asked <= FIRST_REQUESTS),
        row("GitHub requests, follow-up", str(asked_next), f"≤ {FOLLOW_UP_REQUESTS}", asked_next <= FOLLOW_UP_REQUESTS),
    ]
    kinds = {"first job": jobs.first, "follow-up": jobs.follow_ups, "no agent stands by": jobs.later}
    each = [middles(those) for those in kinds.values()]
    ways = [[name, *(f"{way[name] * 1000:.0f} ms" for way in each)] for name in each[0]]
    head = ["", *(f"{name} (middle of {len(those)})" for name, those in kinds.items())]
    return f"### A job\n\n{markdown(['', 'figure', 'target', ''], figures)}\n\nWhere the time goes:\n\n{markdown(head, ways)}"


def size_table(size: Size) -> str:
    """The service at rest, and how soon things answer."""
    figures = [
        row("memory at rest", f"{size.resident:.0f} MB", f"≤ {RESIDENT_MB} MB", size.resident <= RESIDENT_MB),
        row("processor at rest", f"{size.processor:.1%} of a core", f"≤ {AT_REST:.1%}", size.processor <= AT_REST),
        row("start to ready", f"{size.ready_seconds:.2f} s", f"≤ {READY_SECONDS} s", size.ready_seconds <= READY_SECONDS),
        row("`harvest --help`", f"{size.help_seconds:.2f} s", f"≤ {HELP_SECONDS} s", size.help_seconds <= HELP_SECONDS),
    ]
    return f"### Size\n\n{markdown(['', 'figure', 'target', ''], figures)}"


def tool_table(tools: ToolFigures) -> str:
    """A call of a tool through the gateway, beside the same without it."""
    p99 = statistics.quantiles(tools.gateway, n=100)[98]
    figures = [
        row("a call, directly", f"{statistics.median(tools.direct) * 1000:.1f} ms"),
        row("the same through the gateway", f"{statistics.median(tools.gateway) * 1000:.1f} ms (p99 {p99 * 1000:.0f} ms)"),
        row(
            "what the gateway adds",
            f"{tools.added * 1000:.1f} ms",
            f"≤ {TOOL_MS} ms",
            tools.added * 1000 <= TOOL_MS,
        ),
    ]
    figures.append(row("… in processor time", f"{tools.added_core * 1000:.1f} ms"))
    return f"### Tools\n\n{markdown(['', 'figure', 'target', ''], figures)}"


def modal_tables(modal: ModalFigures) -> str:
    """The backend beside the bare SDK, jobs, and what they ask of Modal."""
    beside = [
        ("create a sandbox, first command done", modal.create),
        ("a command in a living sandbox", modal.command),
        ("8 MB of a command's output", modal.output),
    ]
    figures = [
        [
            what,
            f"{statistics.median(each.bare) * 1000:.0f} ms",
            f"{statistics.median(each.ours) * 1000:.0f} ms",
            f"{each.ratio:.2f}×",
        ]
        for what, each in beside
    ]
    first = statistics.median(job.first_request for job in modal.jobs)
    jobs = [
        ["label → the model's first request, first job", f"{first:.2f} s"],
        ["comment → the model's first request, follow-up", f"{modal.follow_up.first_request:.2f} s"],
        ["from asked to sandbox released, first job", f"{statistics.median(job.over for job in modal.jobs):.2f} s"],
        ["from asked to sandbox released, follow-up", f"{modal.follow_up.over:.2f} s"],
        ["calls to Modal, first job", f"{sum(modal.calls.values())}"],
        ["calls to Modal, follow-up", f"{sum(modal.follow_up_calls.values())}"],
        [f"Harvest's memory for each of {modal.streams} agents followed at once", f"{modal.stream_kb:.0f} KB"],
    ]
    rpcs = sorted({*modal.calls, *modal.follow_up_calls}, key=lambda rpc: -modal.calls.get(rpc, 0))
    asked = [[f"`{rpc}`", str(modal.calls.get(rpc, 0)), str(modal.follow_up_calls.get(rpc, 0))] for rpc in rpcs]
    return (
        f"### Sandboxes on the emulated Modal\n\n{markdown(['', 'bare SDK', 'Harvest', 'ratio'], figures)}\n\n"
        f"{markdown(['', 'figure'], jobs)}\n\n{markdown(['calls', 'first job', 'follow-up'], asked)}"
    )


def row(what: str, figure: str, target: str = "", met: bool | None = None) -> list[str]:
    return [what, figure, target, "" if met is None else mark(met)]


def mark(met: bool) -> str:
    return "✓" if met else "✗"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def put_into(page: Path, figures: str) -> None:
    """Replace what stands between the page's markers. ValueError when they are not there."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for figures: put {BEGIN!r} and {END!r} into it")
    page.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}")
