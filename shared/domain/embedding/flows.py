"""Flows: the jobs of one collection and a similar size. The flows of a lane take turns.

The length of a job says how long it keeps a thread, and so how many threads it leaves to shorter
ones. Bulk work counts as longer than interactive work.
"""

from typing import NamedTuple

from shared.domain.documents.document import Lane

SIZES = (1024, 8192, 65_536)
"""Where the next size begins, in bytes of content."""
FLOWS_OF_A_SIZE = 2**32
"""A flow's number is its size times this, plus a hash of its collection."""
LENGTHS = {Lane.INTERACTIVE: range(3), Lane.BULK: range(3, 5), Lane.BACKFILL: range(5, 6)}
"""The lengths of a lane's jobs."""
_FIRST_SIZE = {0: 0, 1: 1, 2: 2, 3: 0, 4: 3, 5: 0}
"""The size at which each length begins."""


class FlowRange(NamedTuple):
    """The flows above `after`, up to and including `until`."""

    after: int
    until: int


def length_of(lane: Lane, flow: int) -> int:
    return max(length for length in LENGTHS[lane] if flow >= _FIRST_SIZE[length] * FLOWS_OF_A_SIZE)


class FlowTurns:
    """Remembers which flows were served last, so that each flow of a lane gets its turn."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def next_ranges(self, lane: Lane, longest: int) -> list[FlowRange]:
        """Return the lane's flows up to a length, in the order of their turns, long ones first."""
        return [
            flows
            for length in reversed(range(LENGTHS[lane].start, longest + 1))
            for flows in self._round(length, _flows(lane, length))
        ]

    def _round(self, length: int, flows: FlowRange) -> list[FlowRange]:
        last = self._last.get(length, flows.after)
        return [FlowRange(last, flows.until), FlowRange(flows.after, last)]

    def served(self, lane: Lane, flow: int) -> None:
        """Record the last flow of a claim."""
        self._last[length_of(lane, flow)] = flow


def _flows(lane: Lane, length: int) -> FlowRange:
    longest = length == LENGTHS[lane][-1]
    end = len(SIZES) + 1 if longest else _FIRST_SIZE[length + 1]
    return FlowRange(_FIRST_SIZE[length] * FLOWS_OF_A_SIZE - 1, end * FLOWS_OF_A_SIZE - 1)
