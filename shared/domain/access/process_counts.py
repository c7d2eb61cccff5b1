"""What keys have sent to this process in the last minute."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.access.rate_window import SLOT_SECONDS, SLOTS, Charge, Taken, Window

KEPT_MAX = 30_000
"""The counts that are kept. A key has up to three, one for each unit."""


@dataclass(slots=True)
class _Counts:
    """Counts by slot, from the slot `latest` to the oldest."""

    latest: int = 0
    slots: list[int] = field(default_factory=lambda: [0] * (SLOTS + 1))

    def window(self, limit: int, now: float) -> Window:
        slot, elapsed = divmod(now / SLOT_SECONDS, 1)
        passed = min(int(slot) - self.latest, SLOTS + 1)
        self.slots = [0] * passed + self.slots[: SLOTS + 1 - passed]
        self.latest = int(slot)
        return Window(limit, tuple(self.slots), elapsed)


class ProcessCounts:
    """Gives a key the part of its limits that one of several processes has.

    `now` is in seconds of a clock that never goes back.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._counts: OrderedDict[tuple[str, str], _Counts] = OrderedDict()

    def take(self, key: str, charges: Sequence[Charge], now: float) -> Taken:
        """Count all charges of a request, or none if one exceeds its part of a limit.

        A request that costs more than this part is admitted if nothing else was counted.
        """
        windows = self._windows(key, charges, now)
        admitted = all(
            window.spent + charge.cost <= window.limit
            for charge, window in zip(charges, windows, strict=True)
        )
        if admitted:
            self.add(key, charges, now)
            windows = self._windows(key, charges, now)
        return Taken(admitted, windows)

    def add(self, key: str, charges: Sequence[Charge], now: float) -> None:
        for charge in charges:
            counts = self._of(key, charge)
            counts.window(charge.limit, now)
            counts.slots[0] += charge.cost

    def _windows(self, key: str, charges: Sequence[Charge], now: float) -> list[Window]:
        return [self._of(key, each).window(self._part(each), now) for each in charges]

    def _part(self, charge: Charge) -> int:
        return max(charge.limit // self._processes, min(charge.cost, charge.limit))

    def _of(self, key: str, charge: Charge) -> _Counts:
        """Return the counts of a key. The key that was seen longest ago may be forgotten."""
        name = key, charge.unit
        counts = self._counts.setdefault(name, _Counts())
        self._counts.move_to_end(name)
        if len(self._counts) > KEPT_MAX:
            self._counts.popitem(last=False)
        return counts
