"""Groups hits whose texts are identical or nearly so, by small samples of their words.

The sample of a text are the SKETCH_VALUES smallest hashes of its words. Two samples estimate which
share of the words of both texts they have in common.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from shared.domain.search.fusion import Ranked

SKETCH_VALUES = 128
"""A text with fewer words is compared exactly. With more, the standard error is at most 0.04."""
SAME_SHARE = 0.8
BANDS = 8
BAND_VALUES = 3
"""Texts are compared if they agree in a band: the smallest hashes with one remainder of BANDS.

Of pairs that share four fifths of their words, two in a thousand agree in none.
"""
COMPARED_MAX = 16
"""A text is compared with so many others of a band at most."""

Sketch = Sequence[int]
"""The smallest hashes of a text's words, ascending."""
_Band = tuple[int, ...]


def grouped(ranked: Sequence[Ranked], sketches: Mapping[int, Sketch]) -> list[Ranked]:
    """Return the best hit of each group with its number of `copies`, in the order of `ranked`.

    A hit without a sketch is a group of its own.
    """
    groups = _Groups()
    for each in ranked:
        groups.add(each, sketches.get(each.key, ()))
    return [
        best._replace(copies=copies)
        for best, copies in zip(groups.best, groups.copies, strict=True)
    ]


class _Groups:
    """The groups so far, each with its best hit, and the bands of their sketches."""

    def __init__(self) -> None:
        self.best: list[Ranked] = []
        self.copies: list[int] = []
        self._sketches: list[frozenset[int]] = []
        self._by_band: defaultdict[_Band, list[int]] = defaultdict(list)

    def add(self, hit: Ranked, sketch: Sketch) -> None:
        values, bands = frozenset(sketch), list(_bands(sketch))
        near = dict.fromkeys(group for band in bands for group in self._by_band[band])
        for group in near:
            if _is_same(values, self._sketches[group]):
                self.copies[group] += 1
                return
        self._start(hit, values, bands)

    def _start(self, hit: Ranked, values: frozenset[int], bands: Sequence[_Band]) -> None:
        for band in bands:
            if len(self._by_band[band]) < COMPARED_MAX:
                self._by_band[band].append(len(self.best))
        self.best.append(hit)
        self.copies.append(0)
        self._sketches.append(values)


def _is_same(one: frozenset[int], other: frozenset[int]) -> bool:
    """Return whether two texts are near copies. Most that are not have too few common hashes."""
    enough = SAME_SHARE * max(len(one), len(other))
    return len(one & other) >= enough and shared_part(one, other) >= SAME_SHARE


def shared_part(one: frozenset[int], other: frozenset[int]) -> float:
    """Return the estimated share of the words of both texts that they have in common."""
    both = sorted(one | other)[:SKETCH_VALUES]
    return len(one & other & frozenset(both)) / len(both)


def _bands(sketch: Sketch) -> Iterator[_Band]:
    by_remainder = defaultdict[int, list[int]](list)
    for value in sketch:
        values = by_remainder[value % BANDS]
        if len(values) < BAND_VALUES:
            values.append(value)
    for values in by_remainder.values():
        yield tuple(values)
