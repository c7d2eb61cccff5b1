"""Who goes first: documents in a lane, lanes at the model server, and the slots they may take."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from shared.db.embedding import claims
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.embedding.jobs import ClaimLimits
from shared.services.documents.service import DocumentService
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.models import model_scheduler
from shared.services.models.model_scheduler import ModelScheduler, Work
from tests.support.processes import eventually
from tests.support.worker_harness import WorkerHarness, new


class Visitors:
    """Threads that wait at a gate, and the order in which they got in."""

    def __init__(self, gate: ModelScheduler) -> None:
        self.gate = gate
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def send(self, lane: Lane, name: str, work: Work | None = None) -> None:
        waiting = self._waiting()
        thread = threading.Thread(target=self._visit, args=(work or self.gate.begin(lane), name))
        thread.start()
        self.threads.append(thread)
        eventually(lambda: self._waiting() == waiting + 1, "waits at the gate")

    def _waiting(self) -> int:
        return sum(map(len, self.gate._waiting.values()))

    def _visit(self, work: Work, name: str) -> None:
        with self.gate.turn(work):
            self.order.append(name)


@pytest.fixture
def held() -> Iterator[tuple[Visitors, ExitStack]]:
    """A gate that is taken until the stack is closed."""
    visitors = Visitors(ModelScheduler(1))
    stack = ExitStack()
    stack.enter_context(visitors.gate.turn(visitors.gate.begin(Lane.BULK)))
    yield visitors, stack
    for thread in visitors.threads:
        thread.join(10)


def test_interactive_goes_before_bulk(held: tuple[Visitors, ExitStack]) -> None:
    visitors, stack = held
    visitors.send(Lane.BULK, "bulk")
    visitors.send(Lane.INTERACTIVE, "first")
    visitors.send(Lane.INTERACTIVE, "second")
    stack.close()
    eventually(lambda: visitors.order == ["first", "second", "bulk"], "all went in")


def test_the_oldest_bulk_work_goes_on_and_interactive_work_takes_turns(
    held: tuple[Visitors, ExitStack],
) -> None:
    visitors, stack = held
    for lane in Lane:
        older = visitors.gate.begin(lane)
        visitors.send(lane, f"younger {lane}")
        visitors.send(lane, f"older {lane}", older)
    stack.close()
    in_turn = ["younger interactive", "older interactive", "older bulk", "younger bulk"]
    eventually(lambda: visitors.order == in_turn, "all went in")


def test_bulk_that_waited_long_enough_goes_first(
    held: tuple[Visitors, ExitStack], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors, stack = held
    monkeypatch.setitem(model_scheduler.PATIENCE_SECONDS, Lane.BULK, -1.0)
    visitors.send(Lane.INTERACTIVE, "interactive")
    visitors.send(Lane.BULK, "bulk")
    stack.close()
    eventually(lambda: visitors.order == ["bulk", "interactive"], "both went in")


def test_bulk_leaves_a_slot_and_hears_of_whom_it_turned_away() -> None:
    slots = LaneLimiter({Lane.INTERACTIVE: 2, Lane.BULK: 1})
    assert slots.enter(Lane.BULK)
    assert not slots.has_room(Lane.BULK)
    assert not slots.enter(Lane.BULK)
    assert slots.enter(Lane.INTERACTIVE)
    assert slots.leave(Lane.BULK)
    assert slots.enter(Lane.BULK)
    assert not slots.leave(Lane.BULK)


def claimed_in_turn(database: Database, model_id: int) -> list[str]:
    """Ids of a lane's documents, claimed one by one."""
    order = []
    with database.connection() as connection:
        while claimed := claims.claim(
            connection, model_id, Lane.INTERACTIVE, ClaimLimits(1, 10**6), 60
        ).jobs:
            order.append(claimed[0].id)
    return order


@pytest.mark.anyio
async def test_an_edit_keeps_a_documents_place_in_line(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    model = harness.model.verified()
    for id_ in ("edited", "other", "waits", "failed"):
        await documents.put(new(id_))
    with database.connection() as connection:
        connection.execute(
            "UPDATE jobs SET available_at = now() + interval '1 hour' FROM documents d"
            " WHERE d.key = document_key AND d.id = 'waits'"
        )
        connection.execute(
            "UPDATE jobs SET failed_at = now(), error_code = 'x', error_message = 'x',"
            " available_at = now() - interval '1 hour' FROM documents d"
            " WHERE d.key = document_key AND d.id = 'failed'"
        )
    for id_ in ("edited", "waits", "failed"):
        await documents.put(new(id_, "an edit"))
    assert claimed_in_turn(database, model.id) == ["edited", "other", "waits", "failed"]
