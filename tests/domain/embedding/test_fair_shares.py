"""Virtual times give each tenant its share, whatever it asks for and when."""

from collections import defaultdict
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.embedding.fair_shares import NOBODY, Share, VirtualTimes
from shared.domain.refs import Tenant

LONGEST = 4.0
SHARES = [Share(Tenant(name), weight) for name, weight in (("a", 1), ("b", 1), ("c", 3), ("d", 7))]
Arrivals = Sequence[tuple[int, int, float]]
"""The step at which a request arrives, its tenant, and its seconds."""

arrivals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 3), st.floats(0.1, LONGEST)), max_size=120
)


class Server:
    """Serves one request after the other. Records what tenants that always wait have used."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.times = VirtualTimes()
        self.arrivals = sorted(arrivals)
        self.waiting: defaultdict[Share, list[float]] = defaultdict(list)
        self.used: defaultdict[Share, float] = defaultdict(float)
        self.since: dict[Share, dict[Share, float]] = {}

    def arrive(self, step: int) -> None:
        while self.arrivals and self.arrivals[0][0] <= step:
            _, number, seconds = self.arrivals.pop(0)
            share = SHARES[number]
            if not self.waiting[share]:
                self.since[share] = dict(self.used)
            self.waiting[share].append(seconds)

    def serve(self) -> None:
        waiting = [share for share in SHARES if self.waiting[share]]
        if not waiting:
            return
        share = min(waiting, key=self.times.rank)
        seconds = self.waiting[share].pop(0)
        self.times.begin(share)
        self.times.end(share, seconds)
        self.used[share] += seconds

    def check(self) -> None:
        """Shares of tenants that both wait differ by one request of each at most."""
        waiting = [share for share in SHARES if self.waiting[share]]
        for one in waiting:
            for other in waiting:
                both_since = max(self.since[one], self.since[other], key=_total)
                shares = [
                    (self.used[each] - both_since.get(each, 0.0)) / each.weight
                    for each in (one, other)
                ]
                allowed = LONGEST / one.weight + LONGEST / other.weight
                assert abs(shares[0] - shares[1]) <= allowed + 1e-6


def _total(used: dict[Share, float]) -> float:
    return sum(used.values())


@given(arrivals)
def test_tenants_that_wait_get_shares_by_their_weights(arrivals: Arrivals) -> None:
    server = Server(arrivals)
    for step in range(200):
        server.arrive(step)
        server.serve()
        server.check()
    assert not any(server.waiting.values())


def test_a_newcomer_does_not_catch_up_and_does_not_wait() -> None:
    times = VirtualTimes()
    old, newcomer = SHARES[0], SHARES[1]
    for _ in range(100):
        times.begin(old)
        times.end(old, 1.0)
    order = []
    for _ in range(6):
        first = min((old, newcomer), key=times.rank)
        times.begin(first)
        times.end(first, 1.0)
        order.append(first)
    assert order in ([newcomer, old] * 3, [newcomer, newcomer, old, newcomer, old, newcomer])


def test_running_requests_count_before_they_end() -> None:
    times = VirtualTimes()
    times.begin(SHARES[0])
    assert times.rank(SHARES[1]) < times.rank(SHARES[0])


def test_checks_of_the_model_use_nobodys_time() -> None:
    times = VirtualTimes()
    times.begin(NOBODY)
    times.end(NOBODY, 100.0)
    assert times.rank(SHARES[0]) == times.rank(NOBODY)
