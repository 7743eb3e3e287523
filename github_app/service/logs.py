"""How Harvest logs: lines for a person at a terminal, JSON otherwise, and no secret in either."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from github_app.text.redact import redact

# Libraries that tell of every request they make: their warnings are enough.
QUIET = ("httpx", "httpcore", "githubkit", "aiosqlite", "sqlalchemy", "dbos", "asyncio", "uvicorn.error", "uvicorn.access")


def redact_event(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The last line of defence: whatever looks like a credential is taken out of every text of a log line."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def set_up_logging(form: str | None) -> None:
    """Log to stderr, structlog's lines and the libraries' alike. `form` is "console", "json" or None for whichever fits."""
    console = form == "console" or (form is None and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
