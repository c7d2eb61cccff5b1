"""Logs: one JSON object a line, constant event names, ids as fields, never a document's text."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from shared.domain.errors import describe

LIBRARY = "library"
"""The event of a line that a library wrote; `logger` tells which, `detail` its first line."""
DETAIL_CHARACTERS = 300

# Their lines repeat ours or carry a whole request.
_QUIET = ("httpx", "httpcore", "uvicorn", "celery.worker.strategy", "kombu", "amqp")
# It quotes errors, which may quote a text; `task.failed` is our own.
_SILENT = ("celery.app.trace",)


def configure_logging(level: str) -> None:
    """Send the logs of this process, its libraries' included, to standard error."""
    minimum = logging.getLevelNamesMapping()[level.upper()]
    told: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Processor] = [
        structlog.processors.ExceptionRenderer(_rendered),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    # Our own lines go straight to the stream: through the standard library's loggers each would
    # take twice as long, and every request writes one.
    structlog.configure(
        processors=[*told, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(minimum),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*told, structlog.stdlib.add_logger_name, _as_library],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(minimum)
    logging.captureWarnings(capture=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).disabled = True


class _Unfailing:
    """A stream whose reader may be gone, or its disk full: what can't be told is dropped.

    A thread that logs why it goes on must not end of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _as_library(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    said = str(event["event"]).partition("\n")[0]
    return {**event, "event": LIBRARY, "detail": said[:DETAIL_CHARACTERS]}


def _rendered(exc_info: ExcInfo) -> str:
    return "".join(_lines(exc_info[1]))


def _lines(error: BaseException) -> Iterator[str]:
    """Yield an error as a traceback does, its causes first, without the words of strangers."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines(cause)
        yield "\nwhich led to:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield describe(error)
    for part in getattr(error, "exceptions", ()):
        yield "\nmade of:\n"
        yield from _lines(part)
