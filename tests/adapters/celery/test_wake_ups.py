import time
from collections.abc import Sequence
from threading import Event

import pytest
from pydantic import SecretStr

from local import ports
from shared.adapters.celery.app import celery_app
from shared.adapters.celery.wake_ups import BackgroundWakeUps, CeleryWakeUps
from shared.config import Settings
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable


def test_an_unreachable_broker_raises_broker_unavailable() -> None:
    unreachable = SecretStr(f"redis://127.0.0.1:{ports.free_port()}/0")
    with pytest.raises(BrokerUnavailable):
        CeleryWakeUps(celery_app(Settings(redis_url=unreachable))).wake(Lane.BULK, [])


class StuckBroker:
    """A broker that accepts messages only after it is released."""

    def __init__(self) -> None:
        self.released, self.taken = Event(), Event()
        self.sent: list[tuple[Lane, list[str]]] = []

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        self.taken.set()
        assert self.released.wait(10)
        self.sent.append((lane, list(ids)))
        if ids == ["odd"]:
            raise RuntimeError("anything at all")


def test_wake_ups_never_block_are_gathered_and_survive_any_error() -> None:
    broker = StuckBroker()
    wake_ups = BackgroundWakeUps(broker)
    wake_ups.start()
    wake_ups.wake(Lane.INTERACTIVE, ["odd"])
    assert broker.taken.wait(10)
    for n in range(1000):
        wake_ups.wake(Lane.INTERACTIVE, [str(n)])
    broker.released.set()
    wake_ups.stop(10)
    assert [lane for lane, _ in broker.sent] == [Lane.INTERACTIVE] * 2
    assert len(broker.sent[1][1]) == 100


class UnreachableBroker:
    """A broker that can't be reached."""

    def __init__(self) -> None:
        self.attempts = 0
        self.attempted = Event()

    def wake(self, _: Lane, __: Sequence[str]) -> None:
        self.attempts += 1
        self.attempted.set()
        raise BrokerUnavailable("no connection")


def test_an_unreachable_broker_is_not_tried_for_every_write() -> None:
    broker = UnreachableBroker()
    wake_ups = BackgroundWakeUps(broker)
    wake_ups.start()
    wake_ups.wake(Lane.INTERACTIVE, ["first"])
    assert broker.attempted.wait(10)
    for n in range(20):
        wake_ups.wake(Lane.INTERACTIVE, [str(n)])
        time.sleep(0.01)
    wake_ups.stop(10)
    assert broker.attempts <= 2
