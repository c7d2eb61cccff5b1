"""What a worker does by itself: show that it lives, keep its leases, find work nobody woke it for.

None of it needs the broker. A lane found stalled is woken by a message first; if it is stalled
still a sweep later, the broker or its consumers are not working and the sweep drains it itself.
"""

import threading
from collections.abc import Callable

import structlog

from shared.db import claims, jobs, text_statistics, workers
from shared.db.pool import Database
from shared.domain.documents import Lane
from shared.domain.errors import DatabaseUnavailable, ModelUnavailable, describe
from shared.domain.latency import RecentDurations
from shared.ports import BrokerUnavailable, WakeUps
from shared.services.embed import EmbedService
from shared.services.model_health import ModelHealth
from shared.services.models import ActiveModel

log = structlog.get_logger()

TIDY_EVERY_SWEEPS = 60


class Repeating:
    """Runs `action` in a thread of its own every `interval`, and at once when it starts.

    An error is logged, once for as long as it stays the same, and does not end the thread.
    """

    def __init__(self, name: str, interval_seconds: float, action: Callable[[], None]) -> None:
        self._interval = interval_seconds
        self._action = action
        self.stopping = threading.Event()
        self._last_error: str | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Let the action under way finish, for at most `timeout_seconds`."""
        self.stopping.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._act()
            self.stopping.wait(self._interval)

    def _act(self) -> None:
        try:
            self._action()
        except Exception as error:
            said = describe(error)
            if said != self._last_error:
                known = isinstance(error, DatabaseUnavailable)
                log.error(  # noqa: TRY400 - known outages need no traceback
                    "loop.failed", loop=self._thread.name, detail=said, exc_info=not known
                )
            self._last_error = said
        else:
            self._last_error = None


class Pulse:
    """Tells the database that this worker lives, and renews the leases of what it works on."""

    def __init__(
        self,
        name: str,
        database: Database,
        embed: EmbedService,
        health: ModelHealth,
        model_calls: RecentDurations,
        lease_seconds: float,
    ) -> None:
        self._name = name
        self._database = database
        self._embed = embed
        self._health = health
        self._model_calls = model_calls
        self._lease_seconds = lease_seconds

    def beat(self) -> None:
        """Do it once."""
        with self._database.connection() as connection:
            workers.beat(
                connection,
                self._name,
                self._health.paused_reason,
                self._model_calls.milliseconds(),
            )
            for claim in self._embed.leases.held():
                if not claims.renew(connection, claim, self._lease_seconds):
                    self._embed.leases.lose(claim)

    def leave(self) -> None:
        """Take this worker off the list."""
        with self._database.connection() as connection:
            workers.leave(connection, self._name)


class Counting:
    """Keeps what ranking knows of the texts up to date; no sweep waits for it, it may take long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> None:
        """Do it once."""
        with self._database.connection() as connection:
            text_statistics.refresh(connection)


class Sweep:
    """Finds lanes with work that nobody does, and gets it done."""

    def __init__(
        self,
        database: Database,
        embed: EmbedService,
        model: ActiveModel,
        health: ModelHealth,
        wake_ups: WakeUps,
        events_keep_hours: float,
    ) -> None:
        self._database = database
        self._embed = embed
        self._model = model
        self._health = health
        self._wake_ups = wake_ups
        self._events_keep_hours = events_keep_hours
        self._woken: set[Lane] = set()
        self._sweeps = 0

    def sweep(self) -> None:
        """Do it once."""
        self._sweeps += 1
        if self._health.probe_is_due():
            self._embed.probe()
        if not self._health.closed:
            return
        stalled = self._find_stalled()
        if any(lane in self._woken or not self._wake(lane) for lane in stalled):
            self._drain()
        self._woken = set(stalled)

    def _find_stalled(self) -> list[Lane]:
        try:
            model_id = self._model.verified().id
        except ModelUnavailable as error:
            self._health.failed(error)
            return []
        with self._database.transaction() as connection:
            if not workers.try_sweep_lock(connection):
                return []
            if self._sweeps % TIDY_EVERY_SWEEPS == 0:
                workers.tidy(connection, self._events_keep_hours)
            return jobs.stalled_lanes(connection, model_id)

    def _wake(self, lane: Lane) -> bool:
        try:
            self._wake_ups.wake(lane, [])
        except BrokerUnavailable as error:
            log.info("sweep.broker_unreachable", lane=lane, detail=str(error))
            return False
        return True

    def _drain(self) -> None:
        """Embed what is due, a batch of each lane in turn, so that neither waits for the other."""
        log.info("sweep.draining")
        more = True
        while more and not self._embed.stopping():
            reports = [self._embed.embed_batch(lane) for lane in Lane]
            more = any(report.more for report in reports) and self._health.closed
