"""What the metrics of all processes share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

OTHER = "other"


Labelled = Mapping[tuple[str, ...], float]


def bounded(value: str, known: Iterable[str]) -> str:
    """Return a label's value if it is one of those known, else `other`."""
    return value if value in known else OTHER


def process_registry() -> CollectorRegistry:
    """Return a registry that has what every process shows of itself."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # time stamps that nothing reads
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


class ReadFamily(Collector):
    """A family of metrics whose values are read from elsewhere at each scrape."""

    def __init__(
        self,
        family: type[CounterMetricFamily | GaugeMetricFamily],
        name: str,
        help_: str,
        labels: tuple[str, ...],
        read: Callable[[], Labelled],
    ) -> None:
        self._family, self._name, self._help = family, name, help_
        self._labels, self._read = labels, read

    def collect(self) -> Iterator[Metric]:
        """Yield the family as it is now."""
        metric = self._family(self._name, self._help, labels=self._labels)
        for values, number in self._read().items():
            metric.add_metric(values, number)
        yield metric


def by_label(values: Mapping[Any, float]) -> Labelled:
    """Return values by a single label."""
    return {(label,): value for label, value in values.items()}
