"""The worker's composition root: Celery's application and what its tasks call."""

import os
import signal
import socket
import threading
from dataclasses import dataclass
from functools import cached_property
from types import FrameType
from typing import Any

import structlog
from celery import Celery, bootsteps, signals

from shared.adapters.broker import CeleryWakeUps, celery_app
from shared.adapters.measured import MeasuredEmbedder
from shared.adapters.ollama import OllamaEmbedder
from shared.adapters.telemetry import configure_logging
from shared.adapters.tracing import tracing_of
from shared.adapters.webhook_sender import HttpWebhooks
from shared.adapters.worker_metrics import WorkerMetrics
from shared.config import Settings, get_settings
from shared.db.pool import Database
from shared.domain.documents import Lane
from shared.domain.embedding_models import ModelIdentity, identify
from shared.domain.latency import RecentDurations
from shared.domain.pace import Pace, RequestLimits
from shared.domain.retry import RetryPolicy
from shared.domain.webhooks import Networks
from shared.services.deliveries import Deliveries
from shared.services.embed import BatchPolicy, EmbedService
from shared.services.lane_slots import LaneSlots
from shared.services.model_calls import ModelCalls
from shared.services.model_gate import ModelGate
from shared.services.model_health import ModelHealth
from shared.services.models import ActiveModel
from shared.services.sweep import Counting, Pulse, Repeating, Sweep

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
        self.embedder = MeasuredEmbedder(self._ollama, self.metrics, self.tracing)
        health = ModelHealth()
        self.metrics.watch_breaker(lambda: health.paused_reason)
        model = ActiveModel(
            self.database, self.embedder, model_identity(settings), settings.chunk_tokens
        )
        wake_ups = CeleryWakeUps(self.celery)
        calls = ModelCalls(
            self.embedder,
            model,
            ModelGate(settings.embed_requests_at_a_time),
            Pace(request_limits(settings)),
            RecentDurations(MODEL_CALLS_KEPT),
        )
        self.embed = EmbedService(
            self.database,
            calls,
            model,
            health,
            wake_ups,
            lane_slots(settings),
            batch_policy(settings),
        )
        self.embed.meter = self.metrics
        self._pulse = Pulse(
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
        self._beating = Repeating("pulse", pulse_seconds(settings), self._pulse.beat)
        self._sweeping = Repeating("sweep", settings.sweep_interval_seconds, sweep.sweep)
        self.embed.stopping = self._sweeping.stopping.is_set
        self._counting = Repeating("statistics", COUNT_SECONDS, Counting(self.database).count)
        sender = HttpWebhooks(Networks.parse(settings.webhook_allowed_networks))
        deliveries = Deliveries(self.database, sender, self.metrics.told_webhook)
        self._delivering = Repeating("webhooks", DELIVER_SECONDS, deliveries.deliver)

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


def model_identity(settings: Settings) -> ModelIdentity:
    """Return the model that these settings ask for."""
    return identify(settings.embedding_model, settings.document_prefix, settings.query_prefix)


def request_limits(settings: Settings) -> RequestLimits:
    """Return how large a request to the model server may be by these settings."""
    return RequestLimits(
        settings.embed_request_seconds,
        settings.embed_request_max_texts,
        settings.embed_request_max_tokens,
    )


def lane_slots(settings: Settings) -> LaneSlots:
    """Return how many threads each lane may take: bulk leaves one to the others."""
    threads = settings.worker_threads
    return LaneSlots({Lane.INTERACTIVE: threads, Lane.BULK: threads - 1})


def batch_policy(settings: Settings) -> BatchPolicy:
    """Return how batches are claimed and retried by these settings."""
    retry = RetryPolicy(
        settings.job_max_attempts, settings.job_retry_base_seconds, settings.job_retry_cap_seconds
    )
    return BatchPolicy(
        documents=settings.claim_max_documents,
        requests=REQUESTS_IN_A_CLAIM,
        lease_seconds=settings.job_lease_seconds,
        work_seconds=WORK_SECONDS,
        retry=retry,
    )


def pulse_seconds(settings: Settings) -> float:
    """Return how often a worker shows that it lives: well within its leases and its absence."""
    return min(settings.job_lease_seconds / 5, PULSE_SECONDS)


class _Process:
    """The one worker of this process, built on first use, so that importing connects nothing."""

    @cached_property
    def worker(self) -> Worker:
        return Worker(get_settings(), app)


class OneSigterm(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Hears SIGTERM once: Celery's handler locks itself out when a second one interrupts it."""

    def start(self, _: object) -> None:
        """Wrap the handler, which is in place by now."""
        handle = signal.getsignal(signal.SIGTERM)
        assert callable(handle)

        def once(number: int, frame: FrameType | None) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            handle(number, frame)

        signal.signal(signal.SIGTERM, once)


app = celery_app(get_settings())
app.steps["worker"].add(OneSigterm)
process = _Process()


@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    configure_logging(get_settings().log_level)


@signals.worker_init.connect
def _start(**_: Any) -> None:  # noqa: ANN401
    process.worker.start()


@signals.worker_shutting_down.connect
def _stop_soon(**_: Any) -> None:  # noqa: ANN401
    process.worker.stop_soon()


@signals.worker_shutdown.connect
def _stop(**_: Any) -> None:  # noqa: ANN401
    process.worker.stop()


from worker import tasks  # noqa: E402, F401 - registers the tasks with the application
