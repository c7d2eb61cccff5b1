"""What the metrics of all processes share."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from shared import __version__
from shared.db.kit.schema import REVISION

OTHER = "other"
DATABASE_CONNECTIONS = (
    "inkdex_database_connections",
    "Connections to PostgreSQL: used or idle, and how many requests and threads wait for one.",
)


def bounded(value: str, known: Iterable[str]) -> str:
    """Return the value of a label if it is known, else `other`."""
    return value if value in known else OTHER


class BusiestNames:
    """Keeps the names that it is given most often, so that a label has a bounded set of values.

    A name that was kept stays, because counters must not go back. So there may be twice `most`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts = Counter[str]()
        self._names: set[str] = set()

    def bounded(self, name: str) -> str:
        """Return the name if it is one of those, else `other`."""
        self._counts[name] += 1
        if name not in self._names and self._has_room_for(name):
            self._names.add(name)
        return name if name in self._names else OTHER

    def _has_room_for(self, name: str) -> bool:
        if len(self._names) < self._most:
            return True
        least = min((self._counts[each] for each in self._names), default=0)
        return len(self._names) < 2 * self._most and self._counts[name] > 2 * least


def busiest(values: Mapping[str, float], most: int) -> dict[str, float]:
    """Return the largest values by name, and the sum of all others as that of `other`."""
    ordered = sorted(values.items(), key=lambda each: -each[1])
    rest = sum(value for _, value in ordered[most:])
    return dict(ordered[:most]) | ({OTHER: rest} if rest else {})


class BuildInfo(Collector):
    """What runs: the version of Inkdex, of Python and of the database's schema."""

    def collect(self) -> Iterator[Metric]:
        labels = {
            "version": __version__,
            "python": platform.python_version(),
            "schema": REVISION,
        }
        yield InfoMetricFamily("inkdex_build", "What runs.", value=labels)


def process_registry() -> CollectorRegistry:
    """Return a registry with the metrics of every Python process."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # nothing reads these timestamps
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
