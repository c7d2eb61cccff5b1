"""Delivers committed events to webhooks: in order and at least once, even if a worker dies."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from http import HTTPStatus

import structlog

from shared.db.documents import read_imports
from shared.db.kit import server_secrets
from shared.db.kit.pool import Connection, Database
from shared.db.webhooks import deliveries
from shared.domain.errors import WebhookRefused
from shared.domain.webhooks.delivery import LEASE_SECONDS, RETRY, DueWebhook, EndedImport, Slots
from shared.domain.webhooks.signing import signed_headers
from shared.ports.meters import WorkerMeter
from shared.ports.sealing import Sealed, Sealing
from shared.ports.webhooks import WebhookSender
from shared.services.webhooks import messages
from shared.services.webhooks.messages import Message

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
        """Send the next message and record the result; no connection is held while sending."""
        message = self._next_message(due)
        if message is None:
            self._release(due)
            return
        started = time.perf_counter()
        status, result = self._send(due, message)
        delivered = 200 <= status < 300
        seconds = time.perf_counter() - started
        self._meter.webhook_sent(seconds, delivered=delivered)
        if delivered:
            self._record_success(due, message, result, seconds)
        else:
            self._record_failure(due, result, gone=status == HTTPStatus.GONE)

    def _next_message(self, due: DueWebhook) -> Message | None:
        """Return what is sent next: documents up to the end of an import, or that end."""
        assert self._sealing is not None, "it was made before the first delivery"
        with self._connection() as connection:
            found = deliveries.undelivered(connection, due, EVENTS_IN_A_MESSAGE)
            if found and isinstance(found[0], EndedImport):
                # It may have been resumed meanwhile. Then its next end is told.
                ended = read_imports.read_ended(connection, found[0].key)
                return messages.of_import(self._sealing, found[0].position, ended)
        events = messages.before_import(found)
        return messages.of_documents(self._sealing, due.collection, events) if events else None

    def _send(self, due: DueWebhook, message: Message) -> tuple[int, str]:
        """Return the status of the answer, 0 if there was none, and the result in words."""
        assert self._sealing is not None, "it was made before the first delivery"
        # The id depends on the events alone, so a receiver recognizes a repeated message.
        positions = message.first.packed() + message.last.packed()
        message_id = self._sealing.seal(Sealed.MESSAGE, due.collection.tenant, positions)
        headers = signed_headers(due.secret, message_id, int(time.time()), message.body)
        try:
            status = self._sender.send(due.url, headers, message.body)
        except WebhookRefused as error:
            return 0, str(error)
        return status, f"answered {status}"

    def _record_success(
        self, due: DueWebhook, message: Message, result: str, seconds: float
    ) -> None:
        with self._connection() as connection:
            deliveries.delivered(connection, due, message.last, result, seconds)
        log.info(
            "webhook.delivered",
            tenant=due.collection.tenant.name,
            collection=due.collection.name,
            events=message.events,
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
