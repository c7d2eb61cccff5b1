"""Whoever holds most of the slots makes room for others."""

from contextlib import ExitStack

import pytest

from shared.domain.errors import TooBusy
from shared.domain.operations.client import Client
from shared.domain.refs import Tenant
from shared.services.operations.fair_slots import FairSlots

pytestmark = pytest.mark.anyio

LARGE, SMALL, THIRD = Tenant("large"), Tenant("small"), Tenant("third")


async def test_the_oldest_request_of_the_largest_client_makes_room() -> None:
    slots = FairSlots(3, "full")
    with ExitStack() as held:
        mine = [held.enter_context(slots.holding(Client(LARGE, "a"))) for _ in range(3)]
        held.enter_context(slots.holding(Client(LARGE, "b")))
        assert [each.done() for each in mine] == [True, False, False]


async def test_a_client_gets_no_larger_part_than_others() -> None:
    slots = FairSlots(3, "full")
    with ExitStack() as held:
        for client in ("a", "a", "b"):
            held.enter_context(slots.holding(Client(LARGE, client)))
        for client in ("a", "b"):
            with pytest.raises(TooBusy, match="full"), slots.holding(Client(LARGE, client)):
                pass
    with slots.holding(Client(LARGE, "a")):
        pass


async def test_a_tenant_with_many_clients_makes_room_for_another_tenant() -> None:
    slots = FairSlots(4, "full")
    with ExitStack() as held:
        large = [held.enter_context(slots.holding(Client(LARGE, client))) for client in "abcd"]
        small = [held.enter_context(slots.holding(Client(SMALL, "a"))) for _ in range(2)]
        assert [each.done() for each in large].count(True) == 2
        assert not any(each.done() for each in small)
        for tenant, client in ((LARGE, "new"), (SMALL, "a")):
            with pytest.raises(TooBusy), slots.holding(Client(tenant, client)):
                pass
        held.enter_context(slots.holding(Client(THIRD, "a")))


async def test_ended_requests_count_once() -> None:
    slots = FairSlots(2, "full")
    for _ in range(3):
        with (
            slots.holding(Client(LARGE, "a")),
            slots.holding(Client(LARGE, "a")),
            slots.holding(Client(SMALL, "b")),
        ):
            pass
    with (
        slots.holding(Client(LARGE, "a")),
        slots.holding(Client(LARGE, "a")),
        pytest.raises(TooBusy),
        slots.holding(Client(LARGE, "a")),
    ):
        pass


async def test_no_slots_are_no_slots() -> None:
    with pytest.raises(TooBusy), FairSlots(0, "full").holding(Client(LARGE, "a")):
        pass
