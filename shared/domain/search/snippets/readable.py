"""The text of a passage without binary data, and where it was."""

from bisect import bisect_right
from itertools import accumulate

from shared.domain.binary_text import readable_regions

GAP = " … "
"""What stands for data."""


class Readable:
    """A text with a gap where it has pictures or other data."""

    def __init__(self, text: str) -> None:
        self._regions = readable_regions(text)
        pieces = [text[each.start : each.end] for each in self._regions]
        self.text = GAP.join(pieces)
        self._starts = [0, *accumulate(len(piece) + len(GAP) for piece in pieces[:-1])]

    def origin(self, offset: int) -> int:
        """Return where the character at `offset` is in the original text."""
        number = bisect_right(self._starts, offset) - 1
        region = self._regions[number]
        return min(region.start + offset - self._starts[number], region.end)
