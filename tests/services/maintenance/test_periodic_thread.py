"""What a periodic thread logs about an error, and when it counts as stuck."""

import threading
from itertools import count
from types import SimpleNamespace

import psycopg
import pytest

from shared.db.kit import loop_errors
from shared.services.maintenance.periodic_thread import PeriodicThread
from tests.support.processes import eventually


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


def test_a_thread_is_stuck_while_its_action_takes_too_long() -> None:
    entered, leave, stopping = threading.Event(), threading.Event(), threading.Event()

    def act() -> None:
        entered.set()
        leave.wait(10)

    thread = PeriodicThread("thread", 60, act, stopping)
    assert not thread.is_stuck(0)
    thread.start()
    assert entered.wait(10)
    assert thread.is_stuck(0)
    assert not thread.is_stuck(60)
    leave.set()
    eventually(lambda: not thread.is_stuck(0), "the thread waits for its next turn")
    stopping.set()
    thread.join(10)
    assert not thread.is_stuck(0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_ended_is_stuck() -> None:
    def act() -> None:
        raise SystemExit

    thread = PeriodicThread("thread", 60, act, threading.Event())
    thread.start()
    thread.join(10)
    assert thread.is_stuck(60)
