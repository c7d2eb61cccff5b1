"""What a platform asks a worker: whether it runs, and whether it takes part in the work."""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from shared.adapters.observability.metrics_server import Page, PageAnswer
from shared.services.maintenance.heartbeat import Heartbeat
from shared.services.maintenance.periodic_thread import PeriodicThread

STUCK_SECONDS = 60.0
"""Actions of bounded threads wait for PostgreSQL only, in statements that have a time limit."""
SILENT_SECONDS = 15.0
"""A heartbeat is due every two seconds."""


class Probes:
    """Answers `/livez` and `/readyz` from what the process knows, without asking anyone."""

    def __init__(
        self,
        bounded: Sequence[PeriodicThread],
        unbounded: Sequence[PeriodicThread],
        heartbeat: Heartbeat,
        paused_reason: Callable[[], str | None],
        stopping: threading.Event,
    ) -> None:
        """Watch threads. The actions of `unbounded` ones can rightly take long."""
        self._bounded = bounded
        self._unbounded = unbounded
        self._heartbeat = heartbeat
        self._paused_reason = paused_reason
        self._stopping = stopping

    def pages(self) -> Mapping[str, Page]:
        """Return the pages by path."""
        return {"/livez": self.livez, "/readyz": self.readyz}

    def livez(self) -> PageAnswer:
        """Answer 503 if a thread is stuck or has ended: only a restart helps then."""
        stuck = [
            *(each.name for each in self._bounded if each.is_stuck(STUCK_SECONDS)),
            *(each.name for each in self._unbounded if each.is_stuck(math.inf)),
        ]
        status = HTTPStatus.SERVICE_UNAVAILABLE if stuck else HTTPStatus.OK
        return status, {"alive": not stuck, "stuck": stuck}

    def readyz(self) -> PageAnswer:
        """Answer 200 while PostgreSQL takes the heartbeats. A pause of the model does not count."""
        beats = time.monotonic() - self._heartbeat.last_beat < SILENT_SECONDS
        stopping = self._stopping.is_set()
        ready = beats and not stopping
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return status, {
            "ready": ready,
            "stopping": stopping,
            "paused_reason": self._paused_reason(),
        }
