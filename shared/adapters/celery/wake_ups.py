"""Celery on Redis: the one way in which API and workers speak of work, by task name."""

import contextvars
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from shared.adapters.celery.app import EMBED_DOCUMENTS
from shared.adapters.observability.tracing import OFF, Headers, Kind, Tracing
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable
from shared.ports.broker import WakeUps

IDS_IN_A_MESSAGE = 100
"""Enough to show in Flower whose write woke a worker; the work itself is found in the jobs."""
LINKS_IN_A_MESSAGE = 20
"""Writes beyond the first whose traces a message names."""

GATHER_SECONDS = 0.02
"""After a message the next one waits this long: one of them costs more than a write."""
CROWD_SECONDS = 0.1
CROWD_WRITES = 5
"""After one for so many single writes it waits longer: they come faster than one can be read."""
UNREACHABLE_SECONDS = 1.0
"""And this long while the broker can't be reached: failing costs more than sending."""

log = structlog.get_logger()


class CeleryWakeUps:
    """Publishes a wake-up and waits, at most a time box, until the broker has it.

    `headers` are asked for what a message carries of where it comes from.
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
            # AttributeError: what the transport raises when its connection dies under it.
            raise BrokerUnavailable(str(error)) from error


@dataclass(slots=True)
class PendingWakeUp:
    """A wake-up that gathers: the first write's context, and the places of others in traces."""

    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    ids: list[str] = field(default_factory=list)
    links: list[Headers] = field(default_factory=list)


class BackgroundWakeUps:
    """Publishes from a thread of its own, so that a write never waits for the broker.

    The first is sent at once; what gathers while it is on its way, and for a moment after,
    goes into the next one, which continues the first write's trace and links to the
    others'. A wake-up that can't be sent is dropped: the workers' sweep finds its job.
    """

    def __init__(self, wake_ups: WakeUps, tracing: Tracing = OFF) -> None:
        self._wake_ups = wake_ups
        self._tracing = tracing
        self._waiting: dict[Lane, PendingWakeUp] = {}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._reachable = True
        self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Send what waits, for at most `timeout_seconds`."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        self._thread.join(timeout_seconds)

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Note a wake-up to be sent; never blocks, never raises."""
        with self._changed:
            if (waiting := self._waiting.get(lane)) is None:
                waiting = self._waiting[lane] = PendingWakeUp()
            elif (here := self._tracing.headers()) and len(waiting.links) < LINKS_IN_A_MESSAGE:
                waiting.links.append(here)
            waiting.ids.extend(ids[: IDS_IN_A_MESSAGE - len(waiting.ids)])
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping.is_set())
                if not self._waiting:
                    return
                batch, self._waiting = self._waiting, {}
            for lane, waiting in batch.items():
                waiting.context.run(self._send, lane, waiting)
            self._stopping.wait(self._pause(batch))

    def _pause(self, sent: Mapping[Lane, PendingWakeUp]) -> float:
        if not self._reachable:
            return UNREACHABLE_SECONDS
        single = sent.get(Lane.INTERACTIVE)
        crowded = single is not None and len(single.ids) >= CROWD_WRITES
        return CROWD_SECONDS if crowded else GATHER_SECONDS

    def _send(self, lane: Lane, waiting: PendingWakeUp) -> None:
        sending = self._tracing.span(f"send {EMBED_DOCUMENTS}", Kind.PRODUCER, links=waiting.links)
        try:
            with sending:
                self._wake_ups.wake(lane, waiting.ids)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever the broker does
            if self._reachable:
                log.warning("broker.unreachable", detail=repr(error), consequence="workers sweep")
            self._reachable = False
        else:
            self._reachable = True
