"""Wake-up messages from the API and the workers to the workers, through Celery on Redis."""

import contextvars
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from opentelemetry.trace import Link, NoOpTracer, SpanKind, Tracer, get_current_span
from redis.exceptions import RedisError

from shared.adapters.celery.app import EMBED_DOCUMENTS
from shared.adapters.observability.tracing import mark_failed, start_span
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable
from shared.ports.broker import WakeUps

IDS_IN_A_MESSAGE = 100
"""Enough for Flower to show whose write woke a worker. The jobs table holds the work itself."""
LINKS_IN_A_MESSAGE = 20
"""A message's span links to the traces of this many writes besides the first."""

GATHER_SECONDS = 0.02
"""The pause after a message. Sending one costs more than a write, so writes are gathered."""
CROWD_SECONDS = 0.1
CROWD_WRITES = 5
"""After a message with this many single writes, the pause is CROWD_SECONDS."""
UNREACHABLE_SECONDS = 1.0
"""The pause while the broker can't be reached: a failed attempt costs more than a message."""

log = structlog.get_logger()


class CeleryWakeUps:
    """Publishes wake-ups and waits, within Redis's timeouts, until the broker has each one.

    `headers` returns the headers of the next message.
    """

    def __init__(self, app: Celery, headers: Callable[[], dict[str, str]] = dict) -> None:
        self._app = app
        self._headers = headers

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Send one message; raises BrokerUnavailable."""
        try:
            self._app.send_task(
                EMBED_DOCUMENTS,
                args=[list(ids[:IDS_IN_A_MESSAGE]), lane],
                queue=lane,
                headers=self._headers(),
                retry=False,
                ignore_result=True,
            )
        except (OperationalError, RedisError, OSError, AttributeError) as error:
            # Kombu's transport raises AttributeError if its connection breaks during a call.
            raise BrokerUnavailable(str(error)) from error


@dataclass(slots=True)
class PendingWakeUp:
    """A message that is being gathered, in the context of its first write."""

    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    ids: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def link_current_span(self) -> None:
        span_context = get_current_span().get_span_context()
        if span_context.is_valid and len(self.links) < LINKS_IN_A_MESSAGE:
            self.links.append(Link(span_context))


class BackgroundWakeUps:
    """Publishes wake-ups from its own thread, so that a write never waits for the broker.

    The first wake-up is sent at once. Those that arrive during the sending and the pause after it
    share the next message, which continues the trace of its first write and links to the others.
    A wake-up that can't be sent is dropped: the workers' sweep finds its job.
    """

    def __init__(self, wake_ups: WakeUps, tracer: Tracer | None = None) -> None:
        self._wake_ups = wake_ups
        self._tracer = tracer or NoOpTracer()
        self._pending: dict[Lane, PendingWakeUp] = {}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._reachable = True
        self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Send the pending messages and end the thread; returns after `timeout_seconds` at most."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        self._thread.join(timeout_seconds)

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Add to the next message; never blocks, never raises."""
        with self._changed:
            if (pending := self._pending.get(lane)) is None:
                pending = self._pending[lane] = PendingWakeUp()
            else:
                pending.link_current_span()
            pending.ids.extend(ids[: IDS_IN_A_MESSAGE - len(pending.ids)])
            self._changed.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            for lane, pending in batch.items():
                pending.context.run(self._send, lane, pending)
            self._stopping.wait(self._pause(batch))

    def _next_batch(self) -> dict[Lane, PendingWakeUp]:
        """Wait for wake-ups and take them; empty when stopping with none left."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._stopping.is_set())
            batch, self._pending = self._pending, {}
            return batch

    def _pause(self, sent: Mapping[Lane, PendingWakeUp]) -> float:
        if not self._reachable:
            return UNREACHABLE_SECONDS
        single_writes = sent.get(Lane.INTERACTIVE)
        crowded = single_writes is not None and len(single_writes.ids) >= CROWD_WRITES
        return CROWD_SECONDS if crowded else GATHER_SECONDS

    def _send(self, lane: Lane, pending: PendingWakeUp) -> None:
        try:
            self._send_traced(lane, pending)
        except Exception as error:  # noqa: BLE001 - the thread must survive any error
            self._note_unreachable(error)
        else:
            self._reachable = True

    def _send_traced(self, lane: Lane, pending: PendingWakeUp) -> None:
        name = f"send {EMBED_DOCUMENTS}"
        with start_span(self._tracer, name, SpanKind.PRODUCER, links=pending.links) as span:
            try:
                self._wake_ups.wake(lane, pending.ids)
            except Exception as error:
                mark_failed(span, type(error).__name__)
                raise

    def _note_unreachable(self, error: Exception) -> None:
        if self._reachable:
            log.warning("broker.unreachable", detail=repr(error), consequence="workers sweep")
        self._reachable = False
