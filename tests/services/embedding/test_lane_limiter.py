"""The limiter of a lane."""

from shared.domain.documents.document import Lane
from shared.services.embedding.lane_limiter import LaneLimiter


def test_leave_reports_whether_the_lane_turned_a_task_away() -> None:
    limiter = LaneLimiter({Lane.INTERACTIVE: 2, Lane.BULK: 1})
    assert limiter.enter(Lane.BULK)
    assert not limiter.has_room(Lane.BULK)
    assert not limiter.enter(Lane.BULK)
    assert limiter.enter(Lane.INTERACTIVE)
    assert limiter.leave(Lane.BULK)
    assert limiter.enter(Lane.BULK)
    assert not limiter.leave(Lane.BULK)
