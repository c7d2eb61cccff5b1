"""Durations of several processes are those of one API, and each tenant sees its own."""

import os
from pathlib import Path

import pytest

from shared.adapters.observability.shared_durations import KEPT, request_durations
from shared.domain.operations.durations import RequestDurations
from shared.domain.refs import Tenant

MINE, OTHER = Tenant("mine"), Tenant("other")


def of_process(pid: int, folder: Path | None, monkeypatch: pytest.MonkeyPatch) -> RequestDurations:
    monkeypatch.setattr(os, "getpid", lambda: pid)
    return request_durations(folder)


def test_each_process_shows_those_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (of_process(pid, tmp_path, monkeypatch) for pid in (1, 2))
    one.search.record(MINE, 1.0)
    one.write.record(MINE, 9.0)
    other.search.record(MINE, 2.0)
    for process in (one, other):
        assert sorted(process.search.milliseconds(MINE)) == [1.0, 2.0]
        assert process.write.milliseconds(MINE) == [9.0]


def test_a_tenant_sees_its_own(tmp_path: Path) -> None:
    for durations in (request_durations(None), request_durations(tmp_path)):
        durations.search.record(MINE, 1.0)
        durations.search.record(OTHER, 2.0)
        assert durations.search.milliseconds(MINE) == [1.0]
        assert durations.search.milliseconds(Tenant("third")) == []


def test_the_newest_of_a_process_are_kept(tmp_path: Path) -> None:
    durations = request_durations(tmp_path).search
    for number in range(KEPT + 10):
        durations.record(MINE, number)
    assert sorted(durations.milliseconds(MINE)) == list(range(10, KEPT + 10))
