"""All who are told of the changes of a soak: two readers of events, and a webhook."""

import time
from collections.abc import Sequence

from tests.soak import told
from tests.soak.listeners import Change, Listener
from tests.soak.requests import COLLECTION
from tests.soak.soak_system import SoakSystem
from tests.soak.verdict import Verdict, documents
from tests.support import loopback

READERS = 2
GRACE_SECONDS = 60.0
"""Longer than the lease of a delivery whose worker died."""
CHANGES = "SELECT id, status, version FROM events ORDER BY xid, seq"


class Audience:
    def __init__(self, system: SoakSystem, seed: int) -> None:
        self._system = system
        self._receiver = system.receiver
        self._readers = [Listener(f"reader-{n}", seed, system.urls) for n in range(READERS)]

    def start(self) -> None:
        """Begin before the first change."""
        with loopback.client(self._system.urls[0]) as client:
            body = {"url": self._receiver.url}
            client.put(f"/v1/webhooks/{COLLECTION}", json=body).raise_for_status()
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Stop once all changes are told, or the grace is over."""
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and not self._has_heard(self._changes()):
            time.sleep(0.2)
        for reader in self._readers:
            reader.stop()

    def judge(self, verdict: Verdict, faults: int) -> None:
        """`faults` are those of workers and of PostgreSQL."""
        stored = self._changes()
        verdict.told += told.wrongly_left(stored, self._documents())
        for reader in self._readers:
            verdict.told += told.wrongly_streamed(reader, stored)
        settled = self._settled()
        messages = list(self._receiver.messages)
        verdict.told += told.wrongly_delivered(messages, settled, faults)
        verdict.counts["events"] = len(stored)
        verdict.counts["streams"] = sum(reader.connections for reader in self._readers)
        verdict.counts["messages"] = len(messages)
        verdict.counts["repeated"] = len(self._receiver.received()) - len(settled)

    def _has_heard(self, stored: Sequence[Change]) -> bool:
        documents = (document for each in self._receiver.messages for document in each.documents)
        delivered = {str(document["event_id"]) for document in documents}
        return delivered.issuperset(self._settled()) and all(
            len(reader.told) >= len(stored) for reader in self._readers
        )

    def _settled(self) -> list[str]:
        """Return the ids of the events that a webhook is told of."""
        return [id_ for id_, change in self._readers[0].told if change.status in told.SETTLED]

    def _changes(self) -> list[Change]:
        return [Change(**row) for row in self._system.database.rows(CHANGES)]

    def _documents(self) -> list[Change]:
        return [
            Change(id_, each["status"], each["version"])
            for id_, each in documents(self._system.client())
        ]
