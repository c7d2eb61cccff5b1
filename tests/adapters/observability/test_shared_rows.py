"""Figures of several processes are those of one API."""

import os
from pathlib import Path

import pytest

from shared.adapters.observability.shared_rows import SharedRows, recent_answers
from shared.domain.answers.events import CacheUse, CitationCounts, Done, Finish
from shared.domain.refs import Tenant

MINE = Tenant("mine")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_process_shows_the_answers_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = []
    for pid in (1, 2):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        processes.append(recent_answers(tmp_path))
    timings = {"first_token": 0.5, "total": 1.5}
    for answers in processes:
        answers.record(
            MINE, Done(Finish.STOP, CitationCounts(), cache=CacheUse.MISS, seconds=timings)
        )
    processes[0].record_cancelled(MINE)
    for answers in processes:
        figures = answers.figures(MINE)
        assert figures.by_cache[CacheUse.MISS] == 2
        assert figures.first_token.p99_ms == 500.0
        assert figures.total.count == 2
        assert figures.answered == 2
        assert answers.figures(Tenant("other")).answered == 0


def test_rows_leave_the_window_and_the_newest_are_kept(tmp_path: Path) -> None:
    clock = Clock()
    rows = SharedRows(tmp_path, "pairs", 2, 3, 60, clock)
    for number in range(4):
        rows.record(number, -number)
    assert sorted(rows.rows()) == [(1, -1), (2, -2), (3, -3)]
    clock.now += 59
    rows.record(9, 9)
    clock.now += 2
    assert rows.rows() == [(9, 9)]
