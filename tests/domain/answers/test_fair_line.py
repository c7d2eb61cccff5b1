"""Who is next for a chat model."""

import random
from collections import Counter

from shared.domain.answers.fair_line import FairLine, tenant_name, ticket_of
from shared.domain.refs import Tenant

NOISY, QUIET, THIRD = Tenant("noisy"), Tenant("quiet"), Tenant("third")


def tickets(tenant: Tenant, count: int) -> list[str]:
    return [ticket_of(tenant, f"{number:02}") for number in range(count)]


def test_a_tenant_alone_is_servedtickets() -> None:
    line = FairLine(2, 10)
    mine = tickets(NOISY, 10)
    assert [line.place(each) for each in mine] == list(range(10))
    assert line.place(ticket_of(NOISY, "more")) is None


def test_tenants_alternate_behind_those_that_are_served() -> None:
    line = FairLine(2, 20)
    noisy = tickets(NOISY, 8)
    for each in noisy:
        line.place(each)
    quiet = tickets(QUIET, 2)
    assert [line.place(each) for each in quiet] in ([2, 4], [3, 5], [2, 5], [3, 4])
    assert [line.place(each) for each in noisy[:2]] == [0, 1]
    assert line.place(noisy[-1]) == 9


def test_a_full_line_takes_the_last_of_the_largest_tenant() -> None:
    line = FairLine(1, 5)
    noisy = tickets(NOISY, 5)
    for each in noisy:
        line.place(each)
    assert line.place(ticket_of(QUIET, "a")) is not None
    assert line.place(noisy[-1]) is None
    assert line.place(noisy[-2]) is not None
    assert line.place(ticket_of(THIRD, "a")) is not None
    assert line.place(ticket_of(THIRD, "b")) is None
    assert len(line) == 5


def test_in_any_order_the_served_stay_in_front_and_no_tenant_loses_its_order() -> None:
    chosen = random.Random(7)
    line = FairLine(2, 12)
    for number in range(400):
        tenant = chosen.choice((NOISY, NOISY, NOISY, QUIET, THIRD))
        served = line.tickets()[:2]
        ticket = ticket_of(tenant, f"{number:04}")
        line.place(ticket)
        assert line.tickets()[: len(served)] == served
        if chosen.random() < 0.7:
            line.leave(chosen.choice(line.tickets()[:2]))
        waiting = line.tickets()[2:]
        for name in Counter(map(tenant_name, waiting)):
            own = [each for each in waiting if tenant_name(each) == name]
            assert own == sorted(own)
