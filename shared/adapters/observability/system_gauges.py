"""Gauges of the whole system, which any API process reads for a scrape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.adapters.observability.prometheus import busiest
from shared.domain.models.migration import Migration
from shared.domain.operations.statistics import Backlog, PartHealth, PartState
from shared.domain.reasons import WriteRefusal
from shared.domain.refs import Collection

PARTS = ("postgres", "redis", "ollama", "worker")
DOCUMENT_STATES = frozenset({"embedded", "pending", "failed"})
MIGRATIONS_MAX = 100
"""Only the oldest running migrations are shown, so that few collections are labels."""

Labelled = Mapping[tuple[str, ...], float]


class SystemGauges(Collector):
    """Gauges of the whole system, as read for the current scrape. Unknown values are absent."""

    def __init__(self, tenants_max: int) -> None:
        self._tenants_max = tenants_max
        self._parts: Mapping[str, PartHealth] = {}
        self._backlog: Backlog | None = None
        self._migrations: Sequence[Migration] = ()

    def update(
        self,
        parts: Mapping[str, PartHealth],
        backlog: Backlog | None,
        migrations: Sequence[Migration],
    ) -> None:
        self._parts, self._backlog = parts, backlog
        self._migrations = migrations[:MIGRATIONS_MAX]

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "inkdex_up",
            "Whether a part of the system answers: 1 or 0.",
            ("part",),
            {(part,): float(self._answers(part)) for part in PARTS},
        )
        yield _gauge(
            "inkdex_writes_refused",
            "Whether PostgreSQL reads but refuses writes, by reason: 1 or 0.",
            ("reason",),
            {(reason.value,): float(self._state("postgres") == reason) for reason in WriteRefusal},
        )
        for name, help_, labels, read in _OF_BACKLOG:
            yield _gauge(name, help_, labels, read(self._backlog) if self._backlog else {})
        yield _gauge(
            "inkdex_tenant_jobs_pending",
            "Documents of the tenants with the most that wait for their embedding.",
            ("tenant",),
            _by_label(busiest(self._pending_by_tenant(), self._tenants_max)),
        )
        yield _gauge(
            "inkdex_migration_state",
            "The state of each running migration: 1.",
            ("tenant", "collection", "state"),
            {(*_names(each.collection), each.state): 1.0 for each in self._migrations},
        )
        yield _gauge(
            "inkdex_migration_documents",
            "Documents of a migrating collection under its new model, by what became of them.",
            ("tenant", "collection", "state"),
            {
                (*_names(each.collection), state): float(each.progress[state])
                for each in self._migrations
                for state in DOCUMENT_STATES & each.progress.keys()
            },
        )

    def _pending_by_tenant(self) -> Mapping[str, float]:
        return self._backlog.pending_by_tenant if self._backlog else {}

    def _state(self, part: str) -> str | None:
        return self._parts[part].state if part in self._parts else None

    def _answers(self, part: str) -> bool:
        return self._state(part) in {PartState.WORKS, *WriteRefusal}


def _gauge(name: str, help_: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    gauge = GaugeMetricFamily(name, help_, labels=labels)
    for label_values, value in values.items():
        gauge.add_metric(label_values, value)
    return gauge


def _names(collection: Collection) -> tuple[str, str]:
    return collection.tenant.name, collection.name


def _by_label(values: Mapping[Any, float]) -> Labelled:
    return {(label,): value for label, value in values.items()}


_OF_BACKLOG: list[tuple[str, str, tuple[str, ...], Callable[[Backlog], Labelled]]] = [
    (
        "inkdex_jobs_pending",
        "Documents that wait for their embedding or are being embedded.",
        ("lane",),
        lambda backlog: _by_label(backlog.pending),
    ),
    (
        "inkdex_jobs_oldest_seconds",
        "How long the oldest pending document has waited.",
        ("lane",),
        lambda backlog: _by_label(backlog.oldest_seconds),
    ),
    (
        "inkdex_tokens_due",
        "Estimated tokens of the documents that wait for their embedding.",
        ("lane",),
        lambda backlog: _by_label(backlog.tokens_due),
    ),
    (
        "inkdex_workers_wanted",
        "Workers that would embed what waits in INKDEX_SCALING_TARGET_SECONDS.",
        ("lane",),
        lambda backlog: _by_label(backlog.workers_wanted),
    ),
    (
        "inkdex_documents_failed",
        "Documents whose last attempt failed.",
        (),
        lambda backlog: {(): backlog.failed},
    ),
    (
        "inkdex_documents_ready_last_minute",
        "Documents announced as ready in the last minute, including edits of metadata.",
        (),
        lambda backlog: {(): backlog.ready_last_minute},
    ),
    (
        "inkdex_workers",
        "Workers with a heartbeat in the last ten seconds.",
        (),
        lambda backlog: {(): backlog.workers},
    ),
    (
        "inkdex_workers_paused",
        "Workers that claim no documents, by reason.",
        ("reason",),
        lambda backlog: _by_label(backlog.workers_paused),
    ),
    (
        "inkdex_webhooks_failing",
        "Webhooks whose last delivery failed, or that are paused because the receiver is gone.",
        (),
        lambda backlog: {(): backlog.webhooks_failing},
    ),
]
