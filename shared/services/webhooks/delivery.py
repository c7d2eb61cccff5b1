"""Delivers committed events to webhooks: in order and at least once, even if a worker dies."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus

import structlog

from shared.db.kit.pool import Connection, Database
from shared.db.webhooks import deliveries
from shared.domain.errors import WebhookRefused
from shared.domain.webhooks.delivery import RETRY, DueWebhook, WebhookEvent
from shared.domain.webhooks.signing import signed_headers
from shared.ports.meters import WorkerMeter
from shared.ports.webhooks import WebhookSender

log = structlog.get_logger()

AT_ONCE = 16
CONNECTIONS_AT_ONCE = 2
"""Deliveries leave the other connections of the pool to tasks and the heartbeat."""
EVENTS_IN_A_MESSAGE = 100
LEASE_SECONDS = 30.0
"""Several times a sender's limit, so that no other worker sends to the same webhook."""


class WebhookDelivery:
    """Delivers to all due webhooks. A lease keeps two workers from serving the same webhook."""

    def __init__(
        self,
        database: Database,
        sender: WebhookSender,
        meter: WorkerMeter,
    ) -> None:
        self._database = database
        self._sender = sender
        self._meter = meter
        self._free_connections = threading.BoundedSemaphore(CONNECTIONS_AT_ONCE)

    def deliver(self) -> None:
        """Send one message to each of the due webhooks, AT_ONCE at most, all at the same time.

        An error of one does not stop the others; the first error is raised when all are done.
        """
        with self._connection() as connection:
            claimed = deliveries.claim(connection, AT_ONCE, LEASE_SECONDS)
        if not claimed:
            return
        with ThreadPoolExecutor(AT_ONCE, "webhook") as threads:
            outcomes = [threads.submit(self._deliver_to, due) for due in claimed]
        for outcome in outcomes:
            outcome.result()

    def _deliver_to(self, due: DueWebhook) -> None:
        """Send the next events and record the result; no connection is held while sending."""
        events = self._undelivered(due)
        if not events:
            self._release(due)
            return
        started = time.perf_counter()
        status, result = self._send(due, events)
        delivered = 200 <= status < 300
        self._meter.webhook_sent(time.perf_counter() - started, delivered=delivered)
        if delivered:
            self._record_success(due, events, result)
        else:
            self._record_failure(due, result, gone=status == HTTPStatus.GONE)

    def _undelivered(self, due: DueWebhook) -> list[WebhookEvent]:
        with self._connection() as connection:
            return deliveries.undelivered(connection, due, EVENTS_IN_A_MESSAGE)

    def _send(self, due: DueWebhook, events: Sequence[WebhookEvent]) -> tuple[int, str]:
        """Return the status of the answer, 0 if there was none, and the result in words."""
        body = _body(due.collection, events)
        # The id depends on the events alone, so a receiver recognizes a repeated message.
        message_id = f"{events[0].position}_{events[-1].position}"
        headers = signed_headers(due.secret, message_id, int(time.time()), body)
        try:
            status = self._sender.send(due.url, headers, body)
        except WebhookRefused as error:
            return 0, str(error)
        return status, f"answered {status}"

    def _record_success(self, due: DueWebhook, events: Sequence[WebhookEvent], result: str) -> None:
        with self._connection() as connection:
            deliveries.delivered(connection, due, events, result)
        log.info("webhook.delivered", collection=due.collection, events=len(events), result=result)

    def _record_failure(self, due: DueWebhook, result: str, *, gone: bool) -> None:
        delay = RETRY.delay(due.failures + 1, random.random()) or 0.0  # noqa: S311 - jitter
        with self._connection() as connection:
            deliveries.failed(connection, due, result, delay, gone=gone)
        log.warning(
            "webhook.failed",
            collection=due.collection,
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


def _body(collection: str, events: Sequence[WebhookEvent]) -> bytes:
    documents = [
        {
            "event_id": str(event.position),
            "id": event.id,
            "status": event.status,
            "version": event.version,
            "at": event.at.isoformat(),
        }
        for event in events
    ]
    data = {"collection": collection, "documents": documents}
    message = {"type": "documents.settled", "timestamp": events[-1].at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()
