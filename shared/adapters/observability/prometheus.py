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


class FirstNames:
    """Keeps the first names that it is given, so that a label has a bounded set of values."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[str] = set()

    def bounded(self, name: str) -> str:
        """Return the name if it is one of the first, else `other`."""
        if len(self._names) < self._most:
            self._names.add(name)
        return name if name in self._names else OTHER


def process_registry() -> CollectorRegistry:
    """Return a registry with the metrics of every Python process."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # nothing reads these timestamps
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
