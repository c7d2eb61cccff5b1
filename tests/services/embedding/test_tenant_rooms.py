"""A tenant leaves a thread to others."""

from collections.abc import Iterable
from contextlib import ExitStack

import pytest

from shared.domain.documents.document import Lane
from shared.domain.refs import Tenant
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.tenant_rooms import TenantRooms

NOISY, QUIET = Tenant("noisy"), Tenant("quiet")


def _ignore(_: Iterable[Lane]) -> None:
    pass


@pytest.mark.parametrize("lane", Lane)
def test_a_tenant_with_many_tasks_leaves_a_thread_to_another(lane: Lane) -> None:
    process = LaneLimiter(7)
    rooms = TenantRooms(process, _ignore)
    with ExitStack() as held:
        while True:
            assert process.enter(lane), "the noisy tenant took all threads"
            if held.enter_context(rooms.of(NOISY, lane)) is None:
                break
        assert not rooms.has_room(NOISY, lane)
        with rooms.of(QUIET, lane) as room:
            assert room is not None


def test_one_thread_is_for_everybody() -> None:
    rooms = TenantRooms(LaneLimiter(1), _ignore)
    for tenant in (NOISY, QUIET):
        with rooms.of(tenant, Lane.BULK) as room:
            assert room is not None


def test_a_tenant_leaves_room_for_long_documents_of_another() -> None:
    process = LaneLimiter(7)
    rooms = TenantRooms(process, _ignore)
    with ExitStack() as held:
        lengths = []
        for _ in range(5):
            assert process.enter(Lane.INTERACTIVE)
            room = held.enter_context(rooms.of(NOISY, Lane.INTERACTIVE))
            assert room is not None
            lengths.append(room.longest)
        assert min(lengths) < 2
        with rooms.of(QUIET, Lane.INTERACTIVE) as room:
            assert room is not None
            assert room.longest == 2


def test_room_that_is_given_back_can_be_taken() -> None:
    rooms = TenantRooms(LaneLimiter(3), _ignore)
    for _ in range(3):
        with rooms.of(NOISY, Lane.INTERACTIVE) as room:
            assert room is not None
            assert room.longest == 2
            room.keep(0)
            assert room.longest == 0


def test_a_lane_that_found_no_room_is_woken_when_there_is_some() -> None:
    woken: list[Lane] = []
    rooms = TenantRooms(LaneLimiter(2), woken.extend)
    with rooms.of(NOISY, Lane.BULK):
        with rooms.of(NOISY, Lane.INTERACTIVE) as room:
            assert room is None
        assert woken == []
    assert Lane.INTERACTIVE in woken
