"""What processes of the API count adds up, by tenant and collection."""

import pytest

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.operations.activity import Timed, time_of
from shared.domain.refs import DEFAULT_TENANT, Collection
from tests.services.operations.activity.minutes import NOON, OTHER, Clock, Make, last, points
from tests.support.collections import named

pytestmark = pytest.mark.anyio


async def test_the_counts_of_two_processes_add_up(make: Make, clock: Clock) -> None:
    one, two = make(), make()
    for _ in range(3):
        one.counts.took(Timed.SEARCH, 10.0, DEFAULT_TENANT)
    two.counts.took(Timed.SEARCH, 1000.0, DEFAULT_TENANT)
    for _ in range(2):
        two.counts.failed(DEFAULT_TENANT)
    clock.now += 75
    await one.write()
    await two.write()
    point = await last(one)
    assert (point.count(Timed.SEARCH), point.failed) == (4, 2)
    found = point.percentiles(Timed.SEARCH)
    assert found is not None
    assert 8 <= found[0] <= 13
    assert 790 <= found[1] <= 1260
    assert point.percentiles(Timed.WRITE) is None


async def test_a_tenant_sees_its_own_and_what_all_share(make: Make, clock: Clock) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    service.counts.took(Timed.EMBEDDING, 50.0)
    clock.now += 75
    await service.write()
    mine, others = await last(service), await last(service, OTHER)
    assert (mine.count(Timed.WRITE), others.count(Timed.WRITE)) == (1, 0)
    assert mine.count(Timed.EMBEDDING) == others.count(Timed.EMBEDDING) == 1


async def test_a_collection_shows_its_own_and_its_tenant_the_sum(make: Make, clock: Clock) -> None:
    one, two = make(), make()
    for service, name in ((one, "a"), (one, "b"), (two, "b"), (two, "b")):
        service.counts.took(Timed.SEARCH, 10.0, named(name))
        service.counts.failed(named(name))
    one.counts.took(Timed.SEARCH, 10.0, DEFAULT_TENANT)
    one.counts.took(Timed.SEARCH, 10.0, Collection(OTHER, "b"))
    one.counts.took(Timed.EMBEDDING, 50.0)
    clock.now += 75
    await one.write()
    await two.write()
    found = [await last(one, within) for within in (named("a"), named("b"), DEFAULT_TENANT)]
    assert [point.count(Timed.SEARCH) for point in found] == [1, 3, 5]
    assert [point.failed for point in found] == [1, 3, 4]
    assert [point.count(Timed.EMBEDDING) for point in found] == [1, 1, 1]
    assert [point.workers for point in found] == [0, 0, 0]


async def test_a_minute_in_which_a_collection_had_nothing_is_zero_and_has_no_row(
    make: Make, clock: Clock, database: Database
) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, named("a"))
    clock.now += 60
    service.counts.took(Timed.WRITE, 5.0, named("b"))
    clock.now += 75
    await service.write()
    found = await points(service, named("a"))
    assert [point.count(Timed.WRITE) for point in found] == [1, 0]
    assert found[1].pending == dict.fromkeys(Lane, 0)
    assert (await last(service, named("c"))).count(Timed.WRITE) == 0
    with database.connection() as connection:
        assert fetch_value(connection, "SELECT count(*) FROM collection_activity") == 2


async def test_a_gap_is_not_zero(make: Make, clock: Clock) -> None:
    service = make()
    clock.now += 75
    await service.write()
    service.counts.forget(service.counts.over(all_=True))
    clock.now += 600
    again = make()
    clock.now += 60
    await again.write()
    found = await again.read(DEFAULT_TENANT, 1)
    ran = {time.timestamp(): point for time, point in found.points}
    idle = ran[NOON]
    assert idle is not None
    assert (idle.count(Timed.SEARCH), idle.failed, idle.workers) == (0, 0, 0)
    assert [ran[NOON + 60 * n] for n in range(2, 10)] == [None] * 8


async def test_rows_are_gone_a_day_later(make: Make, clock: Clock, database: Database) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, named("a"))
    clock.now += 60
    await service.write()
    clock.now += 26 * 3600
    later = make()
    clock.now += 60
    await later.write()
    with database.connection() as connection:
        oldest = fetch_value(connection, "SELECT min(minute) FROM activity")
        left = fetch_value(connection, "SELECT count(*) FROM collection_activity")
    assert (oldest, left) == (time_of(clock.now - 60), 0)
