"""What a periodic thread logs about an error."""

import threading
from itertools import count
from types import SimpleNamespace

import psycopg
import pytest

from shared.db.kit import loop_errors
from shared.services.maintenance.periodic_thread import PeriodicThread


def test_database_error_is_logged_once_without_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    details: list[str] = []
    log = SimpleNamespace(error=lambda _, *, detail, **__: details.append(detail))
    monkeypatch.setattr(loop_errors, "log", log)
    runs, stopping = count(1), threading.Event()

    def act() -> None:
        if next(runs) == 3:
            stopping.set()
        raise psycopg.errors.CheckViolation("new row\nDETAIL:  Failing row contains (whsec_1).")

    thread = PeriodicThread("thread", 0.001, act, stopping)
    thread.start()
    thread.join(10)
    assert details == ["CheckViolation 23514"]
