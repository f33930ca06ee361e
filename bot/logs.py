"""Logs: one JSON line each, or readable on a terminal; never a token, a key or a customer's words."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor

_SECRETS = re.compile(
    r"\d{5,}:[\w-]{30,}|xox[a-z]-[\w-]+|xapp-[\w-]+|sk_[\w-]{8,}|whsec_[\w+/=-]+|[\w.+-]+@[\w-]+\.[\w.]+"
)
_NOISY = (
    "alembic",
    "httpx",
    "httpcore",
    "telegram",
    "slack_bolt",
    "slack_sdk",
    "apscheduler",
    "aiohttp.access",
    "uvicorn",
)


def redact(text: str) -> str:
    """Return the text with everything that looks like a secret or an e-mail address blotted out."""
    return _SECRETS.sub("[redacted]", text)


def _redact_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: redact(v) if isinstance(v, str) else v for name, v in event.items()}


class _Stderr:
    """Standard error as it is when a line is written; whoever replaces it later gets the lines.

    A line that can't be written, to a full disk or to a reader that is gone, is lost: it must not end what it tells of.
    """

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_STDERR = cast("TextIO", _Stderr())


def configure(*, json_lines: bool, quiet: bool = False) -> None:
    """Set logging up for the process; called once by the command line."""
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    last = structlog.processors.JSONRenderer(ensure_ascii=False)
    readable = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    render: Processor = last if json_lines else readable
    chain: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    level = logging.WARNING if quiet else logging.INFO
    _configure_libraries(chain, render, level)
    structlog.configure(
        processors=[*chain, render],
        logger_factory=structlog.PrintLoggerFactory(_STDERR),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _configure_libraries(chain: list[Processor], render: Processor, level: int) -> None:
    """Print what libraries log through the standard library in the same form as our own lines."""
    handler = logging.StreamHandler(_STDERR)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
