"""`harvest doctor`: line by line, what is set up, what is missing, and how to mend it."""

from __future__ import annotations


def doctor() -> None:
    """Say what is set up, what is missing and how to mend it. Exit 1 if something is missing."""
    import asyncio
    import logging
    import sys

    import structlog
    from rich.console import Console
    from rich.text import Text

    from github_app.operator.doctor.all_checks import check_up
    from github_app.settings.environment import load_settings

    # What its checks meet is in its own lines, which the service's would come between.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    marks = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "missing": ("✗", "red")}
    findings = asyncio.run(check_up(load_settings()))
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        mark, colour = marks[finding.verdict]
        console.print(Text.assemble((mark, colour), f" {finding.subject:<{width}}  {finding.detail}"))
        if finding.advice:
            console.print(Text(f"  {'':<{width}}  → {finding.advice}", style="dim"))
    if any(finding.verdict == "missing" for finding in findings):
        sys.exit(1)
