"""What a periodic thread logs about an error."""

import threading
from types import SimpleNamespace

import psycopg
import pytest

from shared.services.maintenance import periodic_thread
from shared.services.maintenance.periodic_thread import PeriodicThread


def test_database_error_is_logged_once_without_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    details: list[str] = []
    log = SimpleNamespace(error=lambda _, *, detail, **__: details.append(detail))
    monkeypatch.setattr(periodic_thread, "log", log)

    def act() -> None:
        raise psycopg.errors.CheckViolation("new row\nDETAIL:  Failing row contains (whsec_1).")

    thread = PeriodicThread("thread", 1, act, threading.Event())
    thread._act()
    thread._act()
    assert details == ["CheckViolation 23514"]
