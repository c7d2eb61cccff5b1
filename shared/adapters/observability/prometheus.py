"""What the metrics of all processes share."""

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

OTHER = "other"


def bounded(value: str, known: Iterable[str]) -> str:
    """Return the value of a label if it is known, else `other`."""
    return value if value in known else OTHER


def process_registry() -> CollectorRegistry:
    """Return a registry with the metrics of every Python process."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # nothing reads these timestamps
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
