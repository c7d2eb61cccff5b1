"""What a worker does by itself says in its log no more than it may."""

import threading
from types import SimpleNamespace

import psycopg
import pytest

from shared.services.maintenance import periodic_thread
from shared.services.maintenance.periodic_thread import PeriodicThread


def test_an_error_of_the_database_is_told_without_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    log = SimpleNamespace(error=lambda _, *, detail, **__: told.append(detail))
    monkeypatch.setattr(periodic_thread, "log", log)

    def act() -> None:
        raise psycopg.errors.CheckViolation("new row\nDETAIL:  Failing row contains (whsec_1).")

    loop = PeriodicThread("loop", 1, act, threading.Event())
    loop._act()
    loop._act()
    assert told == ["CheckViolation 23514"]
