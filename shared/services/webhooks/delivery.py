"""Tells webhooks what PostgreSQL has committed: in order, at least once, whoever dies meanwhile."""

import asyncio
import json
import random
import time
from collections.abc import Sequence

import structlog

from shared.db.kit.pool import Database
from shared.db.webhooks import deliveries
from shared.domain.errors import WebhookRefused
from shared.domain.webhooks.delivery import RETRY, DueWebhook, WebhookEvent
from shared.domain.webhooks.signing import signed_headers
from shared.ports.meters import WorkerMeter
from shared.ports.webhooks import WebhookSender

log = structlog.get_logger()

AT_ONCE = 16
EVENTS_IN_A_MESSAGE = 100
LEASE_SECONDS = 30.0
"""Several times what a sender may take, so that nobody else sends meanwhile."""
GONE = 410


class WebhookDelivery:
    """Delivers what is due; several workers may do so, each webhook is told by one at a time."""

    def __init__(
        self,
        database: Database,
        sender: WebhookSender,
        meter: WorkerMeter,
    ) -> None:
        self._database = database
        self._sender = sender
        self._meter = meter

    def deliver(self) -> None:
        """Deliver to every webhook that is owed events, to some of them at a time."""
        with self._database.connection() as connection:
            claimed = deliveries.claim(connection, AT_ONCE, LEASE_SECONDS)
        if claimed:
            asyncio.run(self._deliver_all(claimed))

    async def _deliver_all(self, claimed: Sequence[DueWebhook]) -> None:
        """Tell each, whatever becomes of the others; raises the first error once all are done."""
        ends = await asyncio.gather(*map(self._tell, claimed), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _tell(self, due: DueWebhook) -> None:
        """Send what a webhook is owed, a message at a time, and note what came of it.

        The database is asked in threads: a slow one must not use up others' time to answer.
        """
        told = await asyncio.to_thread(self._untold, due)
        if not told:
            await asyncio.to_thread(self._give_back, due)
            return
        started = time.perf_counter()
        try:
            status = await self._send(due, told)
        except WebhookRefused as error:
            status, result = 0, str(error)
        else:
            result = f"answered {status}"
        arrived = 200 <= status < 300
        self._meter.webhook_sent(time.perf_counter() - started, delivered=arrived)
        if arrived:
            await asyncio.to_thread(self._note_arrival, due, told, result)
        else:
            await asyncio.to_thread(self._note_failure, due, result, gone=status == GONE)

    def _untold(self, due: DueWebhook) -> list[WebhookEvent]:
        with self._database.connection() as connection:
            return deliveries.undelivered(connection, due, EVENTS_IN_A_MESSAGE)

    async def _send(self, due: DueWebhook, told: Sequence[WebhookEvent]) -> int:
        body = _body(due.collection, told)
        # The same events have the same id however often they are sent.
        message_id = f"{told[0].position}_{told[-1].position}"
        headers = signed_headers(due.secret, message_id, int(time.time()), body)
        return await self._sender.send(due.url, headers, body)

    def _note_arrival(self, due: DueWebhook, told: Sequence[WebhookEvent], result: str) -> None:
        with self._database.connection() as connection:
            deliveries.delivered(connection, due, told, result)
        log.info("webhook.delivered", collection=due.collection, events=len(told), result=result)

    def _note_failure(self, due: DueWebhook, result: str, *, gone: bool) -> None:
        delay = RETRY.delay(due.failures + 1, random.random()) or 0.0  # noqa: S311 - jitter
        with self._database.connection() as connection:
            deliveries.failed(connection, due, result, delay, gone=gone)
        log.warning(
            "webhook.failed",
            collection=due.collection,
            result=result,
            failures=due.failures + 1,
            paused=gone,
        )

    def _give_back(self, due: DueWebhook) -> None:
        with self._database.connection() as connection:
            deliveries.release(connection, due)


def _body(collection: str, told: Sequence[WebhookEvent]) -> bytes:
    events = [
        {
            "event_id": str(each.position),
            "id": each.id,
            "status": each.status,
            "version": each.version,
            "at": each.at.isoformat(),
        }
        for each in told
    ]
    data = {"collection": collection, "documents": events}
    message = {"type": "documents.settled", "timestamp": told[-1].at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()
