"""The Prometheus metrics of read replicas. Without replicas there are none."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class ReplicaMetrics:
    """What one API process sees of the replicas."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._searches = Counter(
            "inkdex_searches_routed",
            "Searches by the database that answered: primary or a replica.",
            ["database"],
            registry=registry,
        )
        self._up = Gauge(
            "inkdex_replica_up",
            "Whether a read replica gets searches: 1 or 0.",
            ["replica"],
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._lag = Gauge(
            "inkdex_replica_lag_seconds",
            "How old the oldest change is that a read replica does not show.",
            ["replica"],
            registry=registry,
            multiprocess_mode="livemax",
        )

    def search_routed(self, database: str) -> None:
        self._searches.labels(database).inc()

    def seen(self, number: int, lag_seconds: float, *, is_used: bool) -> None:
        self._up.labels(str(number)).set(is_used)
        self._lag.labels(str(number)).set(lag_seconds)
