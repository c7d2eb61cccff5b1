"""Durations of several processes are those of one API."""

import os
from pathlib import Path

import pytest

from shared.adapters.observability.shared_durations import KEPT, SharedDurations


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def of_process(
    pid: int, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> SharedDurations:
    monkeypatch.setattr(os, "getpid", lambda: pid)
    return SharedDurations(folder, "searches", clock)


def test_each_process_shows_those_of_all_in_the_last_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    one, other = (of_process(pid, tmp_path, clock, monkeypatch) for pid in (1, 2))
    writes = SharedDurations(tmp_path, "writes", clock)
    one.record(1.0)
    writes.record(9.0)
    clock.now += 59
    other.record(2.0)
    assert sorted(one.milliseconds()) == sorted(other.milliseconds()) == [1.0, 2.0]
    clock.now += 2
    assert one.milliseconds() == [2.0]


def test_the_newest_of_a_process_are_kept(tmp_path: Path) -> None:
    durations = SharedDurations(tmp_path, "searches")
    for number in range(KEPT + 10):
        durations.record(number)
    assert sorted(durations.milliseconds()) == list(range(10, KEPT + 10))
