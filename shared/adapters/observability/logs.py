"""Logs: one JSON object per line, constant event names, ids as fields, never a document's text."""

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
"""The event of a library's line. `logger` names the library, `detail` holds its first line."""
DETAIL_CHARACTERS = 300

# Their lines below WARNING repeat ours or contain whole requests.
_QUIET = ("httpx", "httpcore", "uvicorn", "celery.worker.strategy", "kombu", "amqp")
# It quotes errors, which may quote a text. Inkdex logs `task.failed` instead.
_DISABLED = ("celery.app.trace",)


def configure_logging(level: str) -> None:
    """Write the logs of this process and its libraries to standard error."""
    minimum = logging.getLevelNamesMapping()[level.upper()]
    _configure_events(minimum)
    _configure_libraries(minimum)


def _configure_events(minimum: int) -> None:
    # Inkdex's own lines go directly to the stream. The standard library's loggers would take twice
    # as long, and every request writes a line.
    structlog.configure(
        processors=[*_common_fields(), *_renderers()],
        wrapper_class=structlog.make_filtering_bound_logger(minimum),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _UnfailingStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )


def _configure_libraries(minimum: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_common_fields(), structlog.stdlib.add_logger_name, _library_event],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers()],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(minimum)
    logging.captureWarnings(capture=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _DISABLED:
        logging.getLogger(name).disabled = True


def _common_fields() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderers() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(_render_exception),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


class _UnfailingStream:
    """A stream that drops lines that can't be written, because the disk is full or it is closed.

    A thread that logs an error and goes on must not end because of the log.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _library_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    first_line = str(event["event"]).partition("\n")[0]
    return {**event, "event": LIBRARY, "detail": first_line[:DETAIL_CHARACTERS]}


def _render_exception(exc_info: ExcInfo) -> str:
    return "".join(_traceback_lines(exc_info[1]))


def _traceback_lines(error: BaseException) -> Iterator[str]:
    """Yield a traceback with causes first. Messages of libraries' errors are left out."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _traceback_lines(cause)
        yield "\nwhich led to:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield describe(error)
    for part in getattr(error, "exceptions", ()):
        yield "\nmade of:\n"
        yield from _traceback_lines(part)
