"""Metrics of several API processes on one page. Each process keeps its values in a mapped file.

The client library decides by the variable FOLDER, when it is imported, that values are in files.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
START_TIME = "process_start_time_seconds"
SUFFIX = ".pid"


def folder() -> Path | None:
    """Return the folder of the files, or None if this process keeps its values alone."""
    found = os.environ.get(FOLDER)
    return Path(found) if found else None


def join(folder: Path) -> CollectorRegistry:
    """Add this process to the others. Return the registry of the values of all."""
    (folder / f"{os.getpid()}{SUFFIX}").touch()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    PlatformCollector(registry=registry)
    registry.register(_Processes(folder))
    return registry


def forget(pid: int, folder: Path) -> None:
    """Remove the gauges of a process that has ended. Its counters stay in the sums."""
    (folder / f"{pid}{SUFFIX}").unlink(missing_ok=True)
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


class _Processes(Collector):
    """Memory, processor time and open files: the sums of the parent and its processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        found: dict[str, Metric] = {}
        for metric in (each for pid in self._pids() for each in _metrics_of(pid)):
            known = found.setdefault(metric.name, metric)
            if known is not metric:
                _add(known, metric)
        yield from found.values()

    def _pids(self) -> list[int]:
        return [os.getppid(), *(int(path.stem) for path in self._folder.glob(f"*{SUFFIX}"))]


def _metrics_of(pid: int) -> list[Metric]:
    return list(ProcessCollector(pid=lambda: pid, registry=None).collect())


def _add(known: Metric, metric: Metric) -> None:
    values = known.samples[0].value, metric.samples[0].value
    total = min(values) if metric.samples[0].name == START_TIME else sum(values)
    known.samples[0] = known.samples[0]._replace(value=total)
