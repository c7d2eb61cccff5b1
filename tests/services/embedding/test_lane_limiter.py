"""How a worker's threads are shared."""

from shared.domain.documents.document import Lane
from shared.services.embedding.lane_limiter import LaneLimiter, Place


def test_leave_returns_the_lanes_that_were_turned_away() -> None:
    limiter = LaneLimiter(3)
    assert limiter.enter(Place.BULK)
    assert not limiter.has_room(Place.BULK)
    assert not limiter.enter(Place.BULK)
    assert limiter.enter(Place.INTERACTIVE)
    assert limiter.leave(Place.BULK) == {Lane.BULK}
    assert limiter.enter(Place.BULK)
    assert limiter.leave(Place.BULK) == set()


def test_long_work_leaves_a_thread_to_short_documents_and_one_to_other_long_work() -> None:
    limiter = LaneLimiter(4)
    assert [limiter.enter(Place.BULK) for _ in range(3)] == [True, True, False]
    assert [limiter.enter(Place.LONG_INTERACTIVE) for _ in range(2)] == [True, False]
    assert limiter.has_room(Place.INTERACTIVE)
    assert limiter.leave(Place.BULK) == {Lane.BULK, Lane.INTERACTIVE}
    assert limiter.enter(Place.LONG_INTERACTIVE)
    assert not limiter.enter(Place.LONG_INTERACTIVE)


def test_long_bulk_documents_leave_a_place_to_other_bulk_tasks() -> None:
    limiter = LaneLimiter(4)
    assert limiter.enter(Place.BULK)
    assert limiter.enter(Place.LONG_BULK)
    assert limiter.enter(Place.BULK)
    assert not limiter.enter(Place.LONG_BULK)
    assert limiter.leave(Place.BULK) == set()
    assert limiter.leave(Place.LONG_BULK) == {Lane.BULK}


def test_tasks_have_no_room_once_all_threads_are_taken() -> None:
    limiter = LaneLimiter(2)
    assert limiter.enter(Place.BULK)
    assert limiter.enter(Place.INTERACTIVE)
    assert not limiter.has_room(Place.INTERACTIVE)
