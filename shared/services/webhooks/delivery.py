"""Delivers committed events to webhooks: in order and at least once, even if a worker dies."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from http import HTTPStatus

import structlog

from shared.db.kit import server_secrets
from shared.db.kit.pool import Connection, Database
from shared.db.webhooks import deliveries
from shared.domain.errors import WebhookRefused
from shared.domain.refs import Collection
from shared.domain.webhooks.delivery import LEASE_SECONDS, RETRY, DueWebhook, Slots, WebhookEvent
from shared.domain.webhooks.signing import signed_headers
from shared.ports.meters import WorkerMeter
from shared.ports.sealing import Sealed, Sealing
from shared.ports.webhooks import WebhookSender

log = structlog.get_logger()

AT_ONCE = 96
NOT_QUICK_AT_ONCE = 72
"""Receivers that are slow, fail or are new leave the other slots to the quick ones."""
OF_TENANT_AT_ONCE = 54
"""Such receivers of one tenant leave slots to those of others."""
CONNECTIONS_AT_ONCE = 2
"""Deliveries leave the other connections of the pool to tasks and the heartbeat."""
EVENTS_IN_A_MESSAGE = 100


class WebhookDelivery:
    """Delivers to due webhooks. A lease keeps two workers from serving the same webhook."""

    def __init__(
        self,
        database: Database,
        sender: WebhookSender,
        meter: WorkerMeter,
        seal_with: Callable[[bytes], Sealing],
    ) -> None:
        self._database = database
        self._sender = sender
        self._meter = meter
        self._seal_with = seal_with
        self._sealing: Sealing | None = None
        self._free_connections = threading.BoundedSemaphore(CONNECTIONS_AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, "webhook")
        self._running: dict[Future[None], DueWebhook] = {}

    def deliver(self) -> None:
        """Begin to send a message to each due webhook, as far as slots are free.

        No delivery waits for another. An unexpected error is raised by a later call.
        """
        ended = [delivery for delivery in self._running if delivery.done()]
        for delivery in ended:
            del self._running[delivery]
        self._begin()
        for delivery in ended:
            delivery.result()

    def finish(self) -> None:
        """Wait until the running deliveries have ended. They are bounded in time."""
        wait(self._running)

    def _begin(self) -> None:
        not_quick = sum(not due.quick for due in self._running.values())
        free, not_quick = AT_ONCE - len(self._running), NOT_QUICK_AT_ONCE - not_quick
        slots = Slots(free, not_quick, OF_TENANT_AT_ONCE)
        if slots.all == 0:
            return
        with self._connection() as connection:
            claimed = deliveries.claim(connection, slots, LEASE_SECONDS)
            if claimed and self._sealing is None:
                secret = server_secrets.read_in_worker(connection, server_secrets.SEALING)
                self._sealing = self._seal_with(secret.value)
        for due in claimed:
            self._running[self._threads.submit(self._deliver_to, due)] = due

    def _deliver_to(self, due: DueWebhook) -> None:
        """Send the next events and record the result; no connection is held while sending."""
        events = self._undelivered(due)
        if not events:
            self._release(due)
            return
        started = time.perf_counter()
        status, result = self._send(due, events)
        delivered = 200 <= status < 300
        seconds = time.perf_counter() - started
        self._meter.webhook_sent(seconds, delivered=delivered)
        if delivered:
            self._record_success(due, events, result, seconds)
        else:
            self._record_failure(due, result, gone=status == HTTPStatus.GONE)

    def _undelivered(self, due: DueWebhook) -> list[WebhookEvent]:
        with self._connection() as connection:
            return deliveries.undelivered(connection, due, EVENTS_IN_A_MESSAGE)

    def _send(self, due: DueWebhook, events: Sequence[WebhookEvent]) -> tuple[int, str]:
        """Return the status of the answer, 0 if there was none, and the result in words."""
        assert self._sealing is not None, "it was made before the first delivery"
        body = _body(self._sealing, due.collection, events)
        # The id depends on the events alone, so a receiver recognizes a repeated message.
        positions = events[0].position.packed() + events[-1].position.packed()
        message_id = self._sealing.seal(Sealed.MESSAGE, due.collection.tenant, positions)
        headers = signed_headers(due.secret, message_id, int(time.time()), body)
        try:
            status = self._sender.send(due.url, headers, body)
        except WebhookRefused as error:
            return 0, str(error)
        return status, f"answered {status}"

    def _record_success(
        self, due: DueWebhook, events: Sequence[WebhookEvent], result: str, seconds: float
    ) -> None:
        with self._connection() as connection:
            deliveries.delivered(connection, due, events, result, seconds)
        log.info(
            "webhook.delivered",
            tenant=due.collection.tenant.name,
            collection=due.collection.name,
            events=len(events),
            result=result,
        )

    def _record_failure(self, due: DueWebhook, result: str, *, gone: bool) -> None:
        delay = RETRY.delay(due.failures + 1, random.random()) or 0.0  # noqa: S311 - jitter
        with self._connection() as connection:
            deliveries.failed(connection, due, result, delay, gone=gone)
        log.warning(
            "webhook.failed",
            tenant=due.collection.tenant.name,
            collection=due.collection.name,
            result=result,
            failures=due.failures + 1,
            paused=gone,
        )

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self._free_connections, self._database.connection() as connection:
            yield connection

    def _release(self, due: DueWebhook) -> None:
        with self._connection() as connection:
            deliveries.release(connection, due)


def _body(sealing: Sealing, collection: Collection, events: Sequence[WebhookEvent]) -> bytes:
    documents = [
        {
            "event_id": sealing.seal(Sealed.EVENT, collection.tenant, event.position.packed()),
            "id": event.id,
            "status": event.status,
            "version": event.version,
            "at": event.at.isoformat(),
        }
        for event in events
    ]
    data = {"collection": collection.name, "documents": documents}
    message = {"type": "documents.settled", "timestamp": events[-1].at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()
