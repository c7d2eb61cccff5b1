"""The order of requests to the model server."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from shared.domain.documents.document import Lane
from shared.services.models import model_scheduler
from shared.services.models.model_scheduler import ModelScheduler, Work
from tests.support.processes import eventually


class Requests:
    """Threads that wait for a turn, and the order in which they got it."""

    def __init__(self, scheduler: ModelScheduler) -> None:
        self.scheduler = scheduler
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []
        self.running = ExitStack()

    def send(self, lane: Lane, name: str, work: Work | None = None) -> None:
        waiting = self._waiting()
        thread = threading.Thread(target=self._run, args=(work or self.scheduler.begin(lane), name))
        thread.start()
        self.threads.append(thread)
        eventually(lambda: self._waiting() == waiting + 1, "the thread waits for its turn")

    def _waiting(self) -> int:
        return sum(map(len, self.scheduler._waiting.values()))

    def _run(self, work: Work, name: str) -> None:
        with self.scheduler.turn(work):
            self.order.append(name)


@pytest.fixture
def requests() -> Iterator[Requests]:
    """Return requests that all wait until `running` is closed."""
    requests = Requests(ModelScheduler(1))
    scheduler = requests.scheduler
    requests.running.enter_context(scheduler.turn(scheduler.begin(Lane.BULK)))
    yield requests
    for thread in requests.threads:
        thread.join(10)


def test_interactive_requests_go_before_bulk_requests(requests: Requests) -> None:
    requests.send(Lane.BULK, "bulk")
    requests.send(Lane.INTERACTIVE, "first")
    requests.send(Lane.INTERACTIVE, "second")
    requests.running.close()
    eventually(lambda: requests.order == ["first", "second", "bulk"], "all requests ran in order")


@pytest.mark.parametrize("lane", Lane)
def test_work_goes_behind_younger_work_after_its_turns(requests: Requests, lane: Lane) -> None:
    older = requests.scheduler.begin(lane)
    in_a_row = model_scheduler.TURNS_IN_A_ROW[lane]
    for _ in range(in_a_row):
        requests.send(lane, "older", older)
    requests.send(lane, "younger")
    requests.send(lane, "older again", older)
    requests.running.close()
    expected = [*["older"] * in_a_row, "younger", "older again"]
    eventually(lambda: requests.order == expected, "all requests ran in order")


def test_bulk_request_goes_first_after_its_patience(
    requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(model_scheduler.PATIENCE_SECONDS, Lane.BULK, -1.0)
    requests.send(Lane.INTERACTIVE, "interactive")
    requests.send(Lane.BULK, "bulk")
    requests.running.close()
    eventually(lambda: requests.order == ["bulk", "interactive"], "both requests ran in order")
