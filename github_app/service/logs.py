"""How Harvest logs: lines for a person at a terminal, JSON otherwise, and no secret in either."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import structlog

from github_app.text.redact import redact

# Libraries that tell of every request they make: their warnings are enough.
QUIET = (
    *("httpx", "httpcore", "githubkit", "sqlalchemy", "dbos", "asyncio", "uvicorn.error", "uvicorn.access"),
    *("mcp", "httpx2", "httpcore2"),
)


def as_a_part_of_stopping(record: logging.LogRecord) -> bool:
    """A filter for what uvicorn says. It tells of each answer that it cuts off when it is stopped as of a mistake, with a
    traceback; an answer of the model's takes minutes, and whoever asked for one asks again."""
    if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
        return False
    if record.msg == "Cancel %s running task(s), timeout graceful shutdown exceeded":
        record.msg, record.levelno, record.levelname = (
            "answers that were cut off, and are asked for again: %s",
            logging.INFO,
            "INFO",
        )
    return True


def redact_event(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The last line of defence: whatever looks like a credential is taken out of every text of a log line."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def in_reading_order(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """When, how bad and what come first, as in every other log; the fields follow."""
    first = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return first | event


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
    if console:
        plain = structlog.dev.plain_traceback
        last: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    else:
        last = [in_reading_order, structlog.processors.JSONRenderer()]
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[remove_meta, *last], foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(as_a_part_of_stopping)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
