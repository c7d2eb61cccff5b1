"""The order of requests to the model server."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from shared.domain.embedding.fair_shares import Share
from shared.domain.refs import Tenant
from shared.services.models import model_scheduler
from shared.services.models.model_scheduler import ModelScheduler, Work
from tests.support.processes import eventually

SHORT, LONG, BULK = 0, 2, 3


class Requests:
    """Threads that wait for a turn, and the order in which they got it."""

    def __init__(self, scheduler: ModelScheduler) -> None:
        self.scheduler = scheduler
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []
        self.running = ExitStack()

    def send(self, length: int, name: str, work: Work | None = None) -> None:
        waiting = self._waiting()
        thread = threading.Thread(
            target=self._run, args=(work or self.scheduler.begin(length), name)
        )
        thread.start()
        self.threads.append(thread)
        eventually(lambda: self._waiting() == waiting + 1, "the thread waits for its turn")

    def _waiting(self) -> int:
        return sum(map(len, self.scheduler._waiting))

    def _run(self, work: Work, name: str) -> None:
        with self.scheduler.turn(work):
            self.order.append(name)


@pytest.fixture
def requests() -> Iterator[Requests]:
    """Return requests that all wait until `running` is closed."""
    requests = Requests(ModelScheduler(1))
    scheduler = requests.scheduler
    requests.running.enter_context(scheduler.turn(scheduler.begin(BULK)))
    yield requests
    for thread in requests.threads:
        thread.join(10)


def test_interactive_requests_go_before_bulk_requests(requests: Requests) -> None:
    requests.send(BULK, "bulk")
    requests.send(SHORT, "first")
    requests.send(SHORT, "second")
    requests.running.close()
    eventually(lambda: requests.order == ["first", "second", "bulk"], "all requests ran in order")


def test_requests_of_short_work_go_before_those_of_long_work(requests: Requests) -> None:
    requests.send(LONG, "long")
    requests.send(SHORT, "short")
    requests.running.close()
    eventually(lambda: requests.order == ["short", "long"], "both requests ran in order")


@pytest.mark.parametrize("length", [SHORT, BULK])
def test_work_goes_behind_younger_work_after_its_turns(requests: Requests, length: int) -> None:
    older = requests.scheduler.begin(length)
    in_a_row = model_scheduler.TURNS_IN_A_ROW[length]
    for _ in range(in_a_row):
        requests.send(length, "older", older)
    requests.send(length, "younger")
    requests.send(length, "older again", older)
    requests.running.close()
    expected = [*["older"] * in_a_row, "younger", "older again"]
    eventually(lambda: requests.order == expected, "all requests ran in order")


NOISY, QUIET = Share(Tenant("noisy")), Share(Tenant("quiet"))


@pytest.fixture
def used(requests: Requests) -> Requests:
    """Requests to a model of which the noisy tenant has used a lot."""
    scheduler = requests.scheduler
    scheduler._times.begin(NOISY)
    scheduler._times.end(NOISY, 60.0)
    return requests


@pytest.mark.parametrize("length", [SHORT, BULK])
def test_the_tenant_that_used_less_goes_first(used: Requests, length: int) -> None:
    begin = used.scheduler.begin
    used.send(length, "noisy", begin(length, NOISY))
    used.send(length, "noisy", begin(length, NOISY))
    used.send(length, "quiet", begin(length, QUIET))
    used.running.close()
    eventually(lambda: used.order == ["quiet", "noisy", "noisy"], "all requests ran in order")


@pytest.mark.parametrize(
    ("short", "long", "order"),
    [
        (QUIET, NOISY, ["short", "long"]),
        (NOISY, QUIET, ["long", "short"]),
        (NOISY, NOISY, ["long", "short"]),
    ],
)
def test_a_request_out_of_patience_does_not_pass_shorter_ones_of_those_who_used_less(
    used: Requests, monkeypatch: pytest.MonkeyPatch, short: Share, long: Share, order: list[str]
) -> None:
    monkeypatch.setattr(model_scheduler, "PATIENCE_SECONDS", (0.0, 0.0, 0.0, -1.0, 0.0))
    used.send(SHORT, "short", used.scheduler.begin(SHORT, short))
    used.send(BULK, "long", used.scheduler.begin(BULK, long))
    used.running.close()
    eventually(lambda: used.order == order, "both requests ran in order")


def test_bulk_request_goes_first_after_its_patience(
    requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_scheduler, "PATIENCE_SECONDS", (0.0, 0.0, 0.0, -1.0, 0.0))
    requests.send(SHORT, "interactive")
    requests.send(BULK, "bulk")
    requests.running.close()
    eventually(lambda: requests.order == ["bulk", "interactive"], "both requests ran in order")
