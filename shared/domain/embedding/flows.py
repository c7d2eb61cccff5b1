"""Flows: the jobs of one collection and a similar size. The flows of a lane take turns."""

from typing import NamedTuple

from shared.domain.documents.document import Lane

SIZES = (1024, 4096, 16_384, 65_536, 262_144)
"""Where the next size begins, in bytes of content."""
FLOWS_OF_A_SIZE = 2**32
"""A flow's number is its size times this, plus a hash of its collection."""
FIRST_LONG = {
    lane: size * FLOWS_OF_A_SIZE for lane, size in ((Lane.INTERACTIVE, 2), (Lane.BULK, 4))
}
"""The first flow of long documents, which occupy a worker's thread for seconds or minutes."""
_LAST = (len(SIZES) + 1) * FLOWS_OF_A_SIZE


class FlowRange(NamedTuple):
    """The flows above `after`, up to and including `until`."""

    after: int
    until: int


def is_long(lane: Lane, flow: int) -> bool:
    return flow >= FIRST_LONG[lane]


class FlowTurns:
    """Remembers which flows were served last, so that each flow of a lane gets its turn."""

    def __init__(self) -> None:
        self._last: dict[tuple[Lane, bool], int] = {}

    def next_ranges(self, lane: Lane, *, long: bool) -> list[FlowRange]:
        """Return the flows of a lane in the order of their turns: with `long`, those come first."""
        first_long = FIRST_LONG[lane]
        short = self._round(lane, FlowRange(-1, first_long - 1), long=False)
        return (
            [*self._round(lane, FlowRange(first_long - 1, _LAST), long=True), *short]
            if long
            else short
        )

    def _round(self, lane: Lane, flows: FlowRange, *, long: bool) -> list[FlowRange]:
        last = self._last.get((lane, long), flows.after)
        return [FlowRange(last, flows.until), FlowRange(flows.after, last)]

    def served(self, lane: Lane, flow: int) -> None:
        """Record the last flow of a claim."""
        self._last[lane, is_long(lane, flow)] = flow
