"""When a worker says that only a restart helps."""

import threading
from collections.abc import Sequence
from http import HTTPStatus
from types import SimpleNamespace
from typing import cast

from shared.services.maintenance.heartbeat import Heartbeat
from shared.services.maintenance.periodic_thread import PeriodicThread
from worker.probes import Probes


def probes(*bounded: PeriodicThread, unbounded: Sequence[PeriodicThread] = ()) -> Probes:
    heartbeat = cast("Heartbeat", SimpleNamespace(last_beat=float("-inf")))
    return Probes(bounded, unbounded, heartbeat, lambda: None, threading.Event())


def running_for(name: str, seconds: float) -> PeriodicThread:
    thread = SimpleNamespace(name=name, is_stuck=lambda patience: seconds > patience)
    return cast("PeriodicThread", thread)


def ended(name: str) -> PeriodicThread:
    return cast("PeriodicThread", SimpleNamespace(name=name, is_stuck=lambda _: True))


def test_a_stuck_thread_is_named() -> None:
    status, body = probes(running_for("heartbeat", 61), running_for("imports", 1)).livez()
    assert status is HTTPStatus.SERVICE_UNAVAILABLE
    assert body == {"alive": False, "stuck": ["heartbeat"]}


def test_a_thread_whose_work_can_take_long_is_only_missed_when_it_has_ended() -> None:
    assert probes(unbounded=[running_for("files", 10_000)]).livez()[0] is HTTPStatus.OK
    assert probes(unbounded=[ended("files")]).livez()[1]["stuck"] == ["files"]


def test_without_a_heartbeat_it_is_alive_but_not_ready() -> None:
    found = probes(running_for("heartbeat", 1))
    assert found.livez()[0] is HTTPStatus.OK
    assert found.readyz() == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        {"ready": False, "stopping": False, "paused_reason": None},
    )
