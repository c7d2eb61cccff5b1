"""Several API processes together keep to the limits on the whole API."""

import pytest

from api.server.shares import share
from shared.config import Settings

LIMITS = (
    "database_pool_size",
    "connections_max",
    "event_streams_max",
    "bulk_max_streams",
    "body_buffers_max_bytes",
)


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
def test_the_parts_of_a_limit_add_up_to_at_most_the_limit(processes: int) -> None:
    whole = Settings().model_copy(update={"api_processes": processes})
    part = share(whole)
    for name in LIMITS:
        assert 0 < getattr(part, name) * processes <= getattr(whole, name), name


def test_no_limit_stays_no_limit() -> None:
    whole = Settings().model_copy(update={"api_processes": 4, "bulk_max_streams": 0})
    assert share(whole).bulk_max_streams == 0


def test_every_process_can_work_within_small_limits() -> None:
    small = {"api_processes": 4, "database_pool_size": 2, "event_streams_max": 1}
    part = share(Settings().model_copy(update=small))
    assert part.database_pool_size == 2
    assert part.event_streams_max == 1
