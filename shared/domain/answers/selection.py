"""Chooses the passages that fit a prompt: whole chunks only, the best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.domain.answers.sources import Passage, Source, joined

NEIGHBOUR_SHARE = 0.5
"""A model reads a short prompt sooner, so what only surrounds a passage does not fill it."""

TokensOf = Callable[[Passage], int]
"""Returns how many tokens a passage takes in the prompt, with its title."""


@dataclass(slots=True)
class Selection:
    """The numbered sources, and the found passages for which there was no room."""

    sources: list[Source] = field(default_factory=list)
    left_out: list[Passage] = field(default_factory=list)

    @property
    def in_prompt(self) -> list[Source]:
        return [source for source in self.sources if source.in_prompt]


def selected(
    passages: Sequence[Passage], tokens_of: TokensOf, budget: int, sources_max: int
) -> Selection:
    """Return the sources of an answer from passages, the best of which come first.

    Passages that touch become one source. A passage is left out if it does not fit whole.
    Neighbours take up at most NEIGHBOUR_SHARE of the budget together with what was found. The
    sources that are left out have the last numbers.
    """
    chosen: list[Passage] = []
    left_out: list[Passage] = []
    spent = 0
    for passage in passages:
        if len(joined([*chosen, passage])) > sources_max:
            continue
        tokens = tokens_of(passage)
        share = NEIGHBOUR_SHARE if passage.is_neighbour else 1
        if spent + tokens <= budget * share:
            spent += tokens
            chosen.append(passage)
        elif not passage.is_neighbour:
            left_out.append(passage)
    inside = joined(chosen)
    outside = [each for each in joined(left_out) if not any(each.touches(one) for one in inside)]
    numbered = [Source(number, each) for number, each in enumerate(inside, 1)]
    rest = [Source(n, each, in_prompt=False) for n, each in enumerate(outside, len(inside) + 1)]
    return Selection([*numbered, *rest], left_out)
