"""How a worker's threads are shared."""

from shared.domain.documents.document import Lane
from shared.services.embedding.lane_limiter import LaneLimiter

INTERACTIVE, BULK, _BACKFILL = Lane


def test_leave_returns_the_lanes_that_were_turned_away() -> None:
    limiter = LaneLimiter(3)
    assert limiter.enter(BULK)
    assert not limiter.has_room(BULK)
    assert not limiter.enter(BULK)
    assert limiter.enter(INTERACTIVE)
    assert limiter.leave(BULK) == {BULK}
    assert limiter.enter(BULK)
    assert limiter.leave(BULK) == set()


def test_long_work_leaves_threads_to_shorter_work() -> None:
    limiter = LaneLimiter(5)
    assert [limiter.enter(BULK) for _ in range(3)] == [True, True, False]
    assert [limiter.enter(INTERACTIVE) for _ in range(4)] == [True, True, True, False]
    assert [limiter.lengthen(INTERACTIVE) for _ in range(3)] == [2, 1, 0]
    assert limiter.leave(BULK) == {INTERACTIVE, BULK}
    assert limiter.lengthen(INTERACTIVE) == 2


def test_a_long_bulk_document_leaves_room_to_other_bulk_tasks() -> None:
    limiter = LaneLimiter(5)
    assert limiter.enter(BULK)
    assert limiter.lengthen(BULK) == 4
    assert limiter.enter(BULK)
    assert limiter.lengthen(BULK) == 3
    assert limiter.leave(BULK) == set()
    assert limiter.shorten(4, 3) == {BULK}


def test_shorter_claims_give_room_back() -> None:
    limiter = LaneLimiter(3)
    assert limiter.lengthen(INTERACTIVE) == 2
    assert limiter.lengthen(INTERACTIVE) == 1
    assert limiter.shorten(2, 1) == {INTERACTIVE}
    assert limiter.shorten(1, 0) == set()


def test_tasks_have_no_room_once_all_threads_are_taken() -> None:
    limiter = LaneLimiter(2)
    assert limiter.enter(BULK)
    assert limiter.enter(INTERACTIVE)
    assert not limiter.has_room(INTERACTIVE)
