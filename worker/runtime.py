"""Everything one worker process is made of, built once when it starts."""

import os
import socket
import threading
from dataclasses import dataclass

import structlog
from celery import Celery

from shared.adapters.celery.wake_ups import CeleryWakeUps
from shared.adapters.http.webhook_sender import HttpWebhooks
from shared.adapters.observability.instrumented_embedder import InstrumentedEmbedder
from shared.adapters.observability.tracing import tracing_of
from shared.adapters.observability.worker_metrics import WorkerMetrics
from shared.adapters.ollama.embedder import OllamaEmbedder
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.embedding.throughput import Throughput
from shared.domain.operations.durations import RecentDurations
from shared.domain.webhooks.addresses import Networks
from shared.services.embedding.model_calls import ModelCalls
from shared.services.embedding.service import EmbeddingService
from shared.services.maintenance.heartbeat import Heartbeat
from shared.services.maintenance.periodic_thread import PeriodicThread
from shared.services.maintenance.statistics_refresher import StatisticsRefresher
from shared.services.maintenance.sweep import Sweep
from shared.services.models.active_model import ActiveModel
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_scheduler import ModelScheduler
from shared.services.webhooks.delivery import WebhookDelivery
from worker.policies import batch_policy, lane_slots, model_identity, pulse_seconds, request_limits

log = structlog.get_logger()

GRACE_SECONDS = 8.0
STOP_SECONDS = 10.0
PULSE_SECONDS = 2.0
DELIVER_SECONDS = 0.5
COUNT_SECONDS = 5.0
REQUESTS_IN_A_CLAIM = {Lane.INTERACTIVE: 1, Lane.BULK: 4}
"""A claim's documents become ready together: those that somebody waits for, after one request."""
WORK_SECONDS = 1.0
"""A message costs as much as several documents: what one has begun goes on for so long."""
MODEL_CALLS_KEPT = 250
"""Of each worker, for the percentiles in its row: enough for a p99, small enough to write often."""


@dataclass
class Worker:
    """Everything one worker process is made of, built once when it starts."""

    settings: Settings
    celery: Celery

    def __post_init__(self) -> None:
        """Wire the parts; nothing connects yet."""
        settings = self.settings
        self.database = Database(settings)
        self.tracing = tracing_of(settings, "inkdex-worker")
        self._ollama = OllamaEmbedder(settings)
        self.metrics = WorkerMetrics()
        self.embedder = InstrumentedEmbedder(self._ollama, self.metrics, self.tracing)
        health = ModelBreaker()
        self.metrics.watch_breaker(lambda: health.paused_reason)
        model = ActiveModel(
            self.database, self.embedder, model_identity(settings), settings.chunk_tokens
        )
        wake_ups = CeleryWakeUps(self.celery)
        calls = ModelCalls(
            self.embedder,
            model,
            ModelScheduler(settings.embed_requests_at_a_time),
            Throughput(request_limits(settings)),
            RecentDurations(MODEL_CALLS_KEPT),
        )
        self.embed = EmbeddingService(
            self.database,
            calls,
            model,
            health,
            wake_ups,
            lane_slots(settings),
            batch_policy(settings),
        )
        self.embed.meter = self.metrics
        self._pulse = Heartbeat(
            f"{socket.gethostname()}-{os.getpid()}",
            self.database,
            self.embed,
            health,
            calls.durations,
            settings.job_lease_seconds,
        )
        sweep = Sweep(
            self.database, self.embed, model, health, wake_ups, settings.events_keep_hours
        )
        self._beating = PeriodicThread("pulse", pulse_seconds(settings), self._pulse.beat)
        self._sweeping = PeriodicThread("sweep", settings.sweep_interval_seconds, sweep.sweep)
        self.embed.stopping = self._sweeping.stopping.is_set
        self._counting = PeriodicThread(
            "statistics", COUNT_SECONDS, StatisticsRefresher(self.database).count
        )
        sender = HttpWebhooks(Networks.parse(settings.webhook_allowed_networks))
        deliveries = WebhookDelivery(self.database, sender, self.metrics.told_webhook)
        self._delivering = PeriodicThread("webhooks", DELIVER_SECONDS, deliveries.deliver)

    def start(self) -> None:
        """Start the worker's own threads; they need no broker."""
        self.metrics.serve(self.settings.worker_metrics_host, self.settings.worker_metrics_port)
        self.database.open()
        self._beating.start()
        self._sweeping.start()
        self._delivering.start()
        self._counting.start()

    def stop_soon(self) -> None:
        """Begin nothing new, and see to it that a model server that hangs can't keep us."""
        self._sweeping.stopping.set()
        self._delivering.stopping.set()
        self._counting.stopping.set()
        giving_up = threading.Timer(GRACE_SECONDS, self._give_up)
        giving_up.daemon = True
        giving_up.start()

    def _give_up(self) -> None:
        """End whatever still holds us: leases go back, so another worker begins at once."""
        log.warning("worker.gave_up", leases=len(self.embed.leases.held()))
        try:
            self.embed.give_back()
            self._pulse.leave()
        finally:
            # The thread that waits for the model can't be interrupted, and Celery waits for it.
            os._exit(0)

    def stop(self) -> None:
        """Finish the batch in hand and leave."""
        self._sweeping.stop(STOP_SECONDS)
        self._delivering.stop(STOP_SECONDS)
        self._counting.stop(STOP_SECONDS)
        self._beating.stop(STOP_SECONDS)
        self._pulse.leave()
        self.database.close()
        self._ollama.close()
        self.tracing.close()
