"""Everything one worker process is made of, built once when it starts."""

import os
import socket
import threading
from pathlib import Path

import structlog
from celery import Celery

from shared.adapters.celery.wake_ups import CeleryWakeUps
from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.adapters.observability.tracing import configured_tracing
from shared.adapters.observability.worker_metrics import WorkerMetrics
from shared.adapters.sealing import AesSivSealing
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.db.operations.workers import WorkerState
from shared.domain.operations.activity import LOOK_SECONDS, ActivityCounts
from shared.domain.operations.durations import RecentDurations
from shared.domain.webhooks.addresses import Networks
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.service import EmbeddingService
from shared.services.maintenance.activity_writer import ActivityWriter
from shared.services.maintenance.heartbeat import Heartbeat
from shared.services.maintenance.periodic_thread import PeriodicThread
from shared.services.models.model_server import ModelServers
from shared.services.models.server_watch import ServerWatch
from shared.services.webhooks.delivery import WebhookDelivery
from worker.background import Background, BackgroundThreads
from worker.model_hosts import ModelHosts
from worker.policies import batch_policy, heartbeat_seconds, model_identity
from worker.probes import Probes

log = structlog.get_logger()

GRACE_SECONDS = 8.0
STOP_SECONDS = 10.0
DELIVER_SECONDS = 0.5
MODEL_CALLS_KEPT = 250
"""Durations in the worker's row: enough for a p99, few enough to write often."""


class Runtime:
    """The parts of a worker. Nothing connects before `start`."""

    def __init__(self, settings: Settings, celery: Celery) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._database = Database(settings)
        counts = ActivityCounts()
        self._activity = ActivityWriter(self._database, counts)
        self._metrics = WorkerMetrics(settings.metrics_tenants_max, counts)
        self._durations = RecentDurations(MODEL_CALLS_KEPT)
        self.tracing = configured_tracing(settings, "inkdex-worker")
        self._hosts = ModelHosts(settings, self._metrics, self.tracing.tracer, self._durations)
        self._servers = ModelServers(
            self._database, self._hosts.serving, model_identity(settings), settings.chunk_tokens
        )
        self._metrics.watch_breaker(self._paused_reason)
        self._metrics.watch_servers(self._hosts.addresses, self._servers.is_paused)
        self._wake_ups = CeleryWakeUps(celery)
        self.embedding = self._embedding_service()
        sender = HttpWebhookSender(Networks.parse(settings.webhook_allowed_networks))
        self._delivery = WebhookDelivery(self._database, sender, self._metrics, AesSivSealing)
        self._heartbeat = self._make_heartbeat()
        self._beating = PeriodicThread(
            "heartbeat", heartbeat_seconds(settings), self._beat, self._stopped
        )
        self._threads = self._background_threads()
        self._metrics.watch_pool(self._database.pool_use)
        self._probes = Probes(
            (self._beating, *self._threads.bounded),
            self._threads.unbounded,
            self._heartbeat,
            self._paused_reason,
            self._stopping,
        )

    def start(self) -> None:
        """Serve metrics and start the background threads. They need no broker."""
        settings = self._settings
        self._metrics.serve(
            self._probes.pages(),
            settings.worker_metrics_host,
            settings.worker_metrics_port,
            settings.own_hosts,
        )
        self._database.open()
        for thread in (self._beating, *self._threads):
            thread.start()

    def stop_soon(self) -> None:
        """Begin no new work, and exit within GRACE_SECONDS even if the model server hangs."""
        self._stopping.set()
        giving_up = threading.Timer(GRACE_SECONDS, self._give_up)
        giving_up.daemon = True
        giving_up.start()

    def stop(self) -> None:
        """Finish the current batch, sign off and close all connections."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._delivery.finish()
        self._stopped.set()
        self._beating.join(STOP_SECONDS)
        self._heartbeat.sign_off()
        self._activity.finish()
        self._database.close()
        self._hosts.close()
        self.tracing.close()

    def _beat(self) -> None:
        """Touch the health file, whether or not PostgreSQL answers, and send the heartbeat."""
        if self._settings.worker_health_file:
            Path(self._settings.worker_health_file).touch()
        self._heartbeat.beat()

    def _give_up(self) -> None:
        """Give all leases back, so that another worker begins at once, and exit."""
        log.warning("worker.gave_up", leases=len(self.embedding.leases.held()))
        try:
            self.embedding.give_back()
            self._heartbeat.sign_off()
        finally:
            # Celery waits for the thread that waits for the model, and nothing can interrupt it.
            os._exit(0)

    def _embedding_service(self) -> EmbeddingService:
        return EmbeddingService(
            self._database,
            self._servers,
            self._wake_ups,
            LaneLimiter(self._settings.batches_at_a_time),
            batch_policy(self._settings),
            self._metrics,
            self._stopping.is_set,
        )

    def _paused_reason(self) -> str | None:
        """Why the worker claims nothing, or None."""
        return self._servers.paused_reason or self.embedding.storage.reason

    def _make_heartbeat(self) -> Heartbeat:
        return Heartbeat(
            f"{socket.gethostname()}-{os.getpid()}",
            self._database,
            self.embedding.leases,
            self._state,
            self._settings.job_lease_seconds,
        )

    def _state(self) -> WorkerState:
        return WorkerState(
            self._paused_reason(),
            self._servers.paused,
            self._durations.milliseconds(),
            self._servers.tokens_per_second,
            self._hosts.requests_at_a_time,
        )

    def _background_threads(self) -> BackgroundThreads:
        settings, stopping = self._settings, self._stopping
        background = Background(
            settings, self._database, self.embedding, self._servers, self._wake_ups, stopping
        )
        watches = [
            PeriodicThread(each.name, settings.sweep_interval_seconds, each.look, stopping)
            for each in (ServerWatch(self._servers, address) for address in self._hosts.addresses)
        ]
        activity = PeriodicThread("activity", LOOK_SECONDS, self._activity.write, stopping)
        webhooks = PeriodicThread("webhooks", DELIVER_SECONDS, self._delivery.deliver, stopping)
        return BackgroundThreads(
            bounded=[activity, background.imports()],
            unbounded=[*watches, webhooks, *background.unbounded()],
        )
